import type { EventName } from '../src/protocol';
import { page } from './dom';
import { settleDraft } from './drafts';

/**
 * What the user did that no frame answers yet. Frames say which event they answer: what they ask of
 * a control that was changed after that event was sent is out of date, and the event that tells of
 * the change will be answered, too.
 */
export class Unanswered {
  /** Numbers of the last event sent, and of the last one answered. */
  private sent = 0;
  private answered = 0;
  /** The control in which an input method composes text. */
  composing: Element | undefined;
  /** Numbers of the events before the last change of a control. */
  private readonly changed = new WeakMap<Element, number>();
  private readonly submits = new Map<Element, { readonly fields: string; seq: number }>();

  /** The user changed a control. */
  change(control: Element): void {
    for (const member of groupOf(control)) this.changed.set(member, this.sent);
  }

  /** Whether the server may write what an element shows. */
  allows(element: Element): boolean {
    const control = element instanceof HTMLOptionElement ? (element.closest('select') ?? element) : element;
    return control !== this.composing && (this.changed.get(control) ?? -1) < this.answered;
  }

  /** False when the same submit of the form is under way. */
  submit(form: Element, entries: ReadonlyArray<readonly [string, string]>): boolean {
    const fields = JSON.stringify(entries);
    const before = this.submits.get(form);
    if (before?.fields === fields) return false;
    this.submits.set(form, { fields, seq: Number.POSITIVE_INFINITY });
    return true;
  }

  /** @param source the control or form that the event tells of */
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
   * @param seq the event that a frame answers; frames that do not say so answer all that was sent
   */
  answer(seq = this.sent): void {
    this.answered = Math.min(seq, this.sent);
    for (const [form, submit] of this.submits) if (submit.seq <= this.answered) this.submits.delete(form);
  }

  /** What waited, or was sent last, came to nothing. */
  forget(): void {
    this.submits.clear();
  }
}

/** A radio button and those that go out when it goes on; any other control alone. */
function groupOf(control: Element): Iterable<Element> {
  if (!(control instanceof HTMLInputElement) || control.type !== 'radio') return [control];
  const radios = page.querySelectorAll<HTMLInputElement>('input[type=radio]');
  return [...radios].filter(({ name, form }) => name === control.name && form === control.form);
}
