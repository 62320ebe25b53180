import type { EventName } from '../src/protocol';
import { page } from './dom';
import { settleDraft } from './drafts';

/**
 * Tracks the events that no frame has answered.
 *
 * A frame names the event that it answers. If the user changed a control after that event, the
 * frame has an outdated value for it; the answer to the later event will have the current one.
 */
export class Unanswered {
  /** The numbers of the last event that was sent and of the last one that was answered. */
  private sent = 0;
  private answered = 0;
  /** The control in which an input method is composing text. */
  composing: Element | undefined;
  /** The number of the last event before each control changed. */
  private readonly changed = new WeakMap<Element, number>();
  private readonly submits = new Map<Element, { readonly fields: string; seq: number }>();

  /** Notes that the user changed a control. */
  change(control: Element): void {
    for (const member of groupOf(control)) this.changed.set(member, this.sent);
  }

  /** Whether a frame may change the state of an element. */
  mayWrite(element: Element): boolean {
    const control =
      element instanceof HTMLOptionElement ? (element.closest('select') ?? element) : element;
    return control !== this.composing && (this.changed.get(control) ?? -1) < this.answered;
  }

  /**
   * Notes that a form is submitted.
   *
   * @returns False if the server has not answered the same submit yet.
   */
  submit(form: Element, entries: ReadonlyArray<readonly [string, string]>): boolean {
    const fields = JSON.stringify(entries);
    const before = this.submits.get(form);
    if (before?.fields === fields) return false;
    this.submits.set(form, { fields, seq: Number.POSITIVE_INFINITY });
    return true;
  }

  /**
   * Notes that an event is sent.
   *
   * @param source - The control or form whose state the event carries.
   */
  send(seq: number, type: EventName, source: Element | undefined): void {
    this.sent = seq;
    if (source === undefined) return;
    if (type === 'Input' || type === 'Change') {
      for (const member of groupOf(source)) this.changed.set(member, seq - 1);
      settleDraft(source);
    }
    const submit = this.submits.get(source);
    if (type === 'Submit' && submit !== undefined) submit.seq = seq;
  }

  /**
   * Notes that a frame answers events.
   *
   * @param seq - The last event that it answers. Other servers do not name one: all are answered.
   */
  answer(seq = this.sent): void {
    this.answered = Math.min(seq, this.sent);
    for (const [form, submit] of this.submits)
      if (submit.seq <= this.answered) this.submits.delete(form);
  }

  /** Allows all forms to be submitted again. */
  forgetSubmits(): void {
    this.submits.clear();
  }
}

/** The radio buttons of a group; any other control alone. */
function groupOf(control: Element): Iterable<Element> {
  if (!(control instanceof HTMLInputElement) || control.type !== 'radio') return [control];
  const radios = page.querySelectorAll<HTMLInputElement>('input[type=radio]');
  return [...radios].filter(({ name, form }) => name === control.name && form === control.form);
}
