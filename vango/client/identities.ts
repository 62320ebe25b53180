import { plain } from './dom';
import type * as drafts from './drafts';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** The state that a field shows, and the state that the server knows. */
interface Draft {
  readonly shown: string;
  readonly known: string;
}

const FIELDS = 'input,textarea,select';

/**
 * Gives elements an identity: the id, else the name within its form, else the hydration ID (HID).
 *
 * The position never identifies an element, so that input never moves to another field. An identity
 * that two elements share identifies neither.
 *
 * @param hidsMatch - Whether the same HID means the same element in both pages.
 */
function identify(root: ParentNode, hidsMatch: boolean): Map<Element, string> {
  const found = new Map<Element, string>();
  const taken = new Map<string, Element>();
  for (const element of root.querySelectorAll<Control>('[id],[name],[data-hid]')) {
    const own = plain<Element>(element);
    const attribute = (name: string): string | null => own.getAttribute(name) || null;
    const name = attribute('id') ?? attribute('name');
    const hid = name === null && hidsMatch ? attribute('data-hid') : null;
    if (name === null && hid === null) continue;
    const form = own.parentElement?.closest('form');
    const formName =
      form && (plain(form).getAttribute('id') ?? plain(form).getAttribute('name') ?? '');
    const choice = isBox(element) ? attribute('value') : '';
    const identity = JSON.stringify([
      name,
      hid,
      formName,
      own.tagName,
      (own as Control).type,
      choice,
    ]);
    const other = taken.get(identity);
    if (other === undefined) found.set(element, identity);
    else found.delete(other);
    taken.set(identity, element);
  }
  return found;
}

/** Matches elements of the page with elements of the content that replaces it. */
export class Identities {
  private readonly before: Map<Element, string>;
  private readonly wanted: Map<Element, string>;
  private readonly drafts = new Map<string, Draft>();

  constructor(
    private readonly body: Element,
    wanted: Element,
    private readonly hidsMatch: boolean,
    private readonly known: typeof drafts,
  ) {
    this.before = identify(body, hidsMatch);
    this.wanted = identify(wanted, hidsMatch);
    for (const [element, identity] of this.before) {
      if (isField(element))
        this.drafts.set(identity, { shown: shownIn(element), known: knownIn(element, known) });
    }
  }

  /** Whether an element of the page and an element of the new content are the same. */
  areSame(one: Element, other: Element): boolean {
    return this.before.has(one) && this.before.get(one) === this.wanted.get(other);
  }

  /**
   * Restores what the user entered, once the page shows the new content.
   *
   * @returns A function that finds the successor of an element of the earlier page.
   */
  restore(): (element: Element) => Element | undefined {
    const after = identify(this.body, this.hidsMatch);
    for (const element of this.body.querySelectorAll(FIELDS)) {
      const identity = after.get(element);
      if (isField(element)) this.restoreField(element, identity);
      else if (identity === undefined || this.before.get(element) !== identity)
        (element as Control).value = '';
    }
    const elements = new Map([...after].map(([element, identity]) => [identity, element]));
    return element => elements.get(this.before.get(element) ?? '');
  }

  private restoreField(control: Control, identity: string | undefined): void {
    this.known.forgetDraft(control);
    const rendered = knownIn(control, this.known);
    const draft = this.drafts.get(identity ?? '');
    // The server does not control a field that it renders without a value.
    const isFree = control.tagName === 'INPUT' && !isBox(control) && !control.hasAttribute('value');
    const isKept = draft !== undefined && (isFree || draft.known === rendered);
    show(control, isKept ? draft.shown : rendered);
    if (isKept && draft.shown === draft.known) this.known.settleDraft(control);
  }
}

/** Whether an element is a field that can be restored. The files of a field cannot. */
function isField(element: Element): element is Control {
  return element.matches(FIELDS) && (element as Control).type !== 'file';
}

function isBox(element: Element): boolean {
  const { type } = element as Control;
  return type === 'checkbox' || type === 'radio';
}

function shownIn(control: Control): string {
  if (isBox(control)) return String((control as HTMLInputElement).checked);
  if (control instanceof HTMLSelectElement)
    return JSON.stringify([...control.selectedOptions].map(({ value }) => value));
  return control.value;
}

function knownIn(control: Control, { knownState }: typeof drafts): string {
  if (isBox(control)) return String(knownState(control, 'checked'));
  if (!(control instanceof HTMLSelectElement)) return String(knownState(control, 'value'));
  const options = [...control.options];
  const chosen = options.filter(option => knownState(option, 'selected'));
  // A select with one choice shows its last selected option, else its first option.
  const shown = control.multiple ? chosen : [chosen.at(-1) ?? options[0]];
  return JSON.stringify(shown.flatMap(option => option?.value ?? []));
}

function show(control: Control, state: string): void {
  if (shownIn(control) === state) return;
  if (isBox(control)) (control as HTMLInputElement).checked = state === 'true';
  else if (control instanceof HTMLSelectElement) {
    const values = new Set(JSON.parse(state) as string[]);
    for (const option of control.options) option.selected = values.has(option.value);
  } else control.value = state;
}
