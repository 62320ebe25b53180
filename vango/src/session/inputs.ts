import type { ClientEvent } from '../protocol';
import type { HostElement } from '../vdom';
import { OFF, optionValue } from '../vdom/controls';

const TEXT_CONTROLS = new Set(['input', 'textarea', 'select']);

/**
 * Records in the tree what the user entered, since that is what the browser shows. A later render
 * of another value is then a change, and a render of the same value is none, so nothing overwrites
 * what is being typed. What a render leaves to the user is not recorded.
 *
 * @param page - the tree that holds the element
 */
export function recordInput(page: HostElement, element: HostElement, event: ClientEvent): void {
  if (event.type !== 'Input' && event.type !== 'Change') return;
  const { tag, attrs } = element;
  const type = tag === 'input' ? attrs.type?.toLowerCase() : undefined;
  if (type === 'checkbox') {
    if (event.type === 'Change') setState(element, 'checked', event.data === 'true');
  } else if (type === 'radio') {
    if (event.type === 'Change') recordRadio(page, element);
  } else if (TEXT_CONTROLS.has(tag)) {
    if ('value' in attrs) element.attrs = { ...attrs, value: event.data };
    if (tag === 'select') recordOptions(element, event.data);
  }
}

/** A state that no render has set belongs to the user. */
function setState(element: HostElement, name: 'checked' | 'selected', on: boolean): void {
  if (name in element.attrs) element.attrs = { ...element.attrs, [name]: on ? '' : OFF };
}

/** A radio button reports when it is chosen. The others of its group are then not chosen. */
function recordRadio(page: HostElement, chosen: HostElement): void {
  if (!('checked' in chosen.attrs)) return;
  const owners = new Map<HostElement, unknown>();
  collectRadios(page, undefined, chosen.attrs.name, owners);
  for (const [radio, owner] of owners) {
    if (radio !== chosen && owner === owners.get(chosen)) setState(radio, 'checked', false);
  }
  setState(chosen, 'checked', true);
}

/** The radio buttons of one name, with the form that each belongs to. */
function collectRadios(
  element: HostElement,
  form: HostElement | undefined,
  name: string | undefined,
  owners: Map<HostElement, unknown>,
): void {
  const { tag, attrs } = element;
  if (tag === 'input' && attrs.type?.toLowerCase() === 'radio' && name && attrs.name === name)
    owners.set(element, attrs.form ?? form?.attrs.id ?? form);
  const within = tag === 'form' ? element : form;
  for (const child of element.children) collectRadios(child, within, name, owners);
}

/**
 * @param data - the chosen values; a `multiple` select sends them with commas between, in the
 *   order of its options
 */
function recordOptions(select: HostElement, data: string): void {
  const options: HostElement[] = [];
  collectOptions(select, options);
  // A single `selected` among options that have no state is the default, as in HTML.
  if (!options.every(({ attrs }) => 'selected' in attrs)) return;
  if (!('multiple' in select.attrs)) {
    const chosen = options.find(option => optionValue(option) === data);
    for (const option of options) setState(option, 'selected', option === chosen);
    return;
  }
  let rest: string | undefined = data;
  for (const option of options) {
    const value = optionValue(option);
    const isChosen: boolean =
      rest !== undefined && (rest === value || rest.startsWith(`${value},`));
    if (isChosen) rest = rest === value ? undefined : rest?.slice(value.length + 1);
    setState(option, 'selected', isChosen);
  }
}

function collectOptions(element: HostElement, into: HostElement[]): void {
  for (const child of element.children) {
    if (child.tag === 'option') into.push(child);
    else collectOptions(child, into);
  }
}
