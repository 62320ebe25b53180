import { elementOf, page, plain } from './dom';

/** DOM events that do not bubble. */
export const NON_BUBBLING = /^(focus|blur|mouseenter|mouseleave|scroll|resize)$/;
/** The key code that browsers report while an input method handles the key. */
const INPUT_METHOD_KEY = 229;
/** Milliseconds. */
const DEFAULT_DELAY = 100;

/** Names of the DOM events that an element handles. */
export function eventsOf(element: Element): string[] {
  return plain(element).getAttribute('data-ve')?.split(',') ?? [];
}

function hasHid(element: Element): boolean {
  return plain(element).hasAttribute('data-hid');
}

/** Whether an element's handler of a DOM event has a modifier, such as `once`. */
export function hasModifier(element: Element, modifier: string, dom: string): boolean {
  return plain(element).getAttribute(`data-${modifier}-${dom}`) === 'true';
}

/**
 * Finds the elements that handle an event.
 *
 * @param event - An event of the document, or a resize of the window.
 * @returns All elements that handle a resize of the window; at most one for any other event.
 */
export function handlersOf(event: Event): Iterable<Element> {
  if (event.target === window) {
    return [...page.querySelectorAll('[data-ve]')].filter(element =>
      handles(element, event, event.type),
    );
  }
  const element = handlerOf(event);
  return element === undefined ? [] : [element];
}

/**
 * Finds the nearest element that handles an event, from its target upwards.
 *
 * An event that does not bubble is handled by the nearest element that has a HID, or by none.
 *
 * @param event - The event.
 * @param dom - The name that handlers know the event by, where that is not its type.
 */
export function handlerOf(event: Event, dom = event.type): Element | undefined {
  const target = elementOf(event.target);
  for (let element = target ?? null; element !== null; element = plain(element).parentElement) {
    if (handles(element, event, dom)) return element;
    // Browsers fire mouseenter and mouseleave at each ancestor separately.
    if (NON_BUBBLING.test(dom) && (hasHid(element) || dom.startsWith('mouse'))) return undefined;
  }
  return undefined;
}

function handles(element: Element, event: Event, dom: string): boolean {
  return (
    hasHid(element) &&
    eventsOf(element).includes(dom) &&
    !(hasModifier(element, 'self', dom) && event.target !== element) &&
    (!dom.startsWith('key') || acceptsKey(event as KeyboardEvent, element))
  );
}

/**
 * Reads how long an element's events are delayed.
 *
 * @returns Milliseconds; 100 where the element does not say.
 */
export function delayOf(element: Element, kind: string, dom: string): number {
  const own = plain(element);
  const text = own.getAttribute(`data-${kind}-${dom}`) ?? own.getAttribute(`data-${kind}`);
  return Number(text) || DEFAULT_DELAY;
}

/**
 * Whether an element handles a key.
 *
 * Keys that an input method uses, such as the one that confirms a word, are no keys for the page.
 */
function acceptsKey(event: KeyboardEvent, element: Element): boolean {
  if (event.isComposing || event.keyCode === INPUT_METHOD_KEY) return false;
  const filter = event.type === 'keydown' && plain(element).getAttribute('data-key-filter');
  if (!filter) return true;
  // The key may be a plus or a space.
  const at = filter.slice(0, -1).lastIndexOf('+');
  const key = filter.slice(at + 1).trim() || ' ';
  const modifiers = filter.slice(0, Math.max(at, 0)).split('+');
  const wants = (name: string): boolean =>
    modifiers.some(part => part.trim().toLowerCase() === name);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === wants('ctrl') &&
    event.shiftKey === wants('shift') &&
    event.altKey === wants('alt') &&
    event.metaKey === wants('meta')
  );
}
