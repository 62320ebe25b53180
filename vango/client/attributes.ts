import { page, plain } from './dom';
import { settleDraft } from './drafts';
import { selectionOf } from './focus';

/** Namespaces of attributes by prefix, for elements that are not HTML. */
const PREFIXES: Record<string, string> = {
  xlink: 'http://www.w3.org/1999/xlink',
  xml: 'http://www.w3.org/XML/1998/namespace',
  xmlns: 'http://www.w3.org/2000/xmlns/',
};
const BOOLEAN = new Set(
  'disabled readonly required multiple autofocus checked selected muted indeterminate'.split(' '),
);
/** Attributes for the initial state; the property of the same name holds the current state. */
const STATES = new Set(['checked', 'selected']);
/** Attributes without effect on an existing element; the property of the same name has it. */
const PROPERTIES = new Set(['muted', 'indeterminate']);

/** Sets an attribute of a new element as the HTML parser does, so that a reset restores it. */
export function setInitial(element: Element, name: string, value: string): void {
  const prefix = PREFIXES[name.split(':')[0] as string];
  if (STATES.has(name)) setPlain(element, name, value);
  else if (prefix !== undefined && element.namespaceURI !== page.documentElement.namespaceURI)
    element.setAttributeNS(prefix, name, value);
  else setAttribute(element, name, value);
}

/** Sets the value that a new control shows, and that a reset restores. */
export function setInitialValue(element: Element, value: string): void {
  if (element instanceof HTMLTextAreaElement) {
    element.defaultValue = value;
  } else if (element instanceof HTMLSelectElement) {
    choose(element, value);
    for (const option of element.options) option.defaultSelected = option.selected;
  } else {
    element.setAttribute('value', value);
  }
}

/**
 * Applies an attribute to an element (docs/protocol.md, section 13.5).
 *
 * `value`, `checked` and `selected` set the property, because it is what a control shows.
 *
 * @param value - The value; `undefined` removes the attribute.
 */
export function setAttribute(element: Element, name: string, value?: string | boolean): void {
  if (/^on./i.test(name)) return;
  if (name === 'value' && isControl(element)) {
    setValue(element, String(value ?? ''));
  } else if (STATES.has(name)) {
    Reflect.set(element, name, isOn(value));
    settleDraft(element);
  } else {
    setPlain(element, name, value);
  }
  if (value === undefined) plain(element).removeAttribute(name);
}

function isOn(value: string | boolean | undefined): boolean {
  return value === true || value === 'true' || value === '';
}

function setPlain(element: Element, name: string, value: string | boolean | undefined): void {
  const own = plain(element);
  const isSet = value !== undefined && (isOn(value) || !BOOLEAN.has(name));
  if (isSet) own.setAttribute(name, String(value));
  else own.removeAttribute(name);
  if (PROPERTIES.has(name)) Reflect.set(own, name, isSet);
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function isControl(element: Element): element is Control {
  return /^(input|textarea|select)$/.test(element.localName);
}

/**
 * Sets the value of a control and keeps its selection.
 *
 * A selection that ended at the end of the text still ends there.
 */
function setValue(control: Control, value: string): void {
  if (control.type === 'file') return;
  if (control instanceof HTMLSelectElement) {
    choose(control, value);
  } else if (!shows(control, value)) {
    const { length } = control.value;
    const selection = selectionOf(control);
    control.value = value;
    if (selection !== undefined) {
      const [start, end, direction] = selection;
      const moved = (at: number): number => (at === length ? control.value.length : at);
      control.setSelectionRange(moved(start), moved(end), direction);
    }
  }
  settleDraft(control);
}

function choose(select: HTMLSelectElement, value: string): void {
  if (!select.multiple) {
    if (select.value !== value) select.value = value;
    return;
  }
  const values = value.split(',');
  for (const option of select.options) option.selected = values.includes(option.value);
}

/**
 * Whether a control shows a value already.
 *
 * While the user enters a number or a date, the control's value can be empty or lack final zeros.
 */
function shows(control: HTMLInputElement | HTMLTextAreaElement, value: string): boolean {
  const isEdited = control === page.activeElement;
  if (control.validity.badInput) return isEdited;
  if (control.value === value) return true;
  return (
    isEdited &&
    control.type === 'number' &&
    value !== '' &&
    Number(control.value) === Number(value) &&
    control.value !== ''
  );
}
