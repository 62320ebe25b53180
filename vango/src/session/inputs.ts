import type { ClientEvent } from '../protocol';
import type { HostElement } from '../vdom';

const TEXT_CONTROLS = new Set(['input', 'textarea', 'select']);

/**
 * Takes over what the user entered into the tree, which is to say what the browser shows: a later render that asks for another value is then a change, and
 * one that asks for the same is none, so that nothing is written over what is being typed.
 */
export function recordInput(element: HostElement, event: ClientEvent): void {
  if (event.type !== 'Input' && event.type !== 'Change') return;
  const { tag, attrs } = element;
  if (tag === 'input' && (attrs.type === 'checkbox' || attrs.type === 'radio')) {
    if (event.type !== 'Change' || attrs.type === 'radio') return;
    const { checked: _, ...others } = attrs;
    element.attrs = event.data === 'true' ? { ...attrs, checked: '' } : others;
  } else if (TEXT_CONTROLS.has(tag) && 'value' in attrs) {
    element.attrs = { ...attrs, value: event.data };
  }
}
