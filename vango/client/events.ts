import { type ClientEvent, EVENT_TYPES, type EventName } from '../src/protocol';
import { Delays } from './delays';
import { elementOf, page, plain } from './dom';
import { closesDialog, fieldsOf, shownBy, submits, tellReset } from './forms';
import { KINDS, type Kind } from './payloads';
import type { Unanswered } from './unanswered';

/** Where events go. */
export interface EventSink {
  readonly connected: boolean;
  /**
   * @param target an element, or the name of what is none
   * @param source the control or form that the event tells of, where that is not the target
   */
  send(type: EventName, target: Element | string, data: ClientEvent['data'], source?: Element): void;
  /** Shows at once what the element promises. */
  optimistic(element: Element): void;
  navigate(path: string, replace: boolean): void;
  /** The user went back or forth. */
  moved(): void;
}

/** Events that do not bubble. */
const OWN = /^(focus|blur|mouseenter|mouseleave|scroll|resize)$/;
/** Events that come in floods. Those of a time without a connection are of no use after it. */
const FLOODS = /^(mousemove|wheel|touchmove|scroll|resize)$/;
/** Events by which the user does nothing with what was entered before. */
const ASIDE = /^(focus|mouseenter|mouseleave|animation|transition)/;
/** What browsers say the key is while an input method has it. */
const KEY_OF_INPUT_METHOD = 229;
const DEFAULT_DELAY = 100;

/**
 * Listens on the document and turns DOM events into the server's (protocol §13.4). An event that
 * bubbles goes to the nearest element that takes it, and to that alone.
 */
export class EventListeners {
  private readonly delays = new Delays();
  private readonly prefetched = new Set<string>();

  constructor(
    private readonly sink: EventSink,
    private readonly unanswered: Unanswered,
  ) {}

  start(): void {
    const on = (type: string, listener: (event: never) => void, capture = false): void =>
      page.addEventListener(type, listener as EventListener, capture);
    on('click', (event: MouseEvent) => this.click(event));
    on('submit', (event: SubmitEvent) => this.submit(event));
    on('reset', (event: Event) => this.reset(event));
    on('input', (event: Event) => this.input(event));
    on('change', (event: Event) => this.change(event));
    on('compositionstart', ({ target }: Event) => {
      this.unanswered.composing = elementOf(target);
    });
    on('compositionend', (event: Event) => {
      this.unanswered.composing = undefined;
      // What the server asked for meanwhile was not shown: it may ask again.
      this.input(event);
    });
    on('mouseover', (event: MouseEvent) => this.hover(event));
    on('dragover', (event: DragEvent) => {
      // Nothing can be dropped where this is not prevented.
      if (takerOf(event, 'drop') !== undefined) event.preventDefault();
    });
    for (const { name, dom } of Object.values(EVENT_TYPES)) {
      const kind = KINDS.find(({ names }) => names.test(dom));
      if (kind === undefined) continue;
      const listener = (event: Event): void => this.hear(event, name as EventName, kind);
      // The page is resized as a window. What does not bubble is heard on its way down.
      if (dom === 'resize') addEventListener(dom, listener, true);
      else on(dom, listener, OWN.test(dom));
    }
    on('vango:navigate', ({ detail }: CustomEvent) =>
      this.sink.navigate(detail.path, detail.replace === true),
    );
    on('vango:hash', ({ detail }: CustomEvent) => showHash(`#${detail.value}`, detail.replace === true));
    addEventListener('popstate', () => this.sink.moved());
  }

  private click(event: MouseEvent): void {
    const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (event.defaultPrevented || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const link = linkOf(event);
    const element = takerOf(event);
    if (element !== undefined && !(link !== null && plain(element).contains(link) && isForeign(link))) {
      // What a link or control within the element does is the browser's to do.
      if (link?.contains(element) || submits(element)) event.preventDefault();
      this.delays.flush();
      this.modify(event, element);
      this.sink.send('Click', element, undefined);
    }
    if (link === null || !isLive(link) || !this.sink.connected) return;
    event.preventDefault();
    this.delays.flush();
    this.sink.navigate(link.pathname + link.search + link.hash, false);
  }

  private submit(event: SubmitEvent): void {
    const { target: form, submitter = null } = event;
    const element = takerOf(event);
    if (element === undefined || !(form instanceof HTMLFormElement)) return;
    if (!closesDialog(form, submitter)) event.preventDefault();
    this.delays.flush();
    const fields = fieldsOf(form, submitter);
    if (fields === undefined || !this.unanswered.submit(form, fields)) return;
    this.modify(event, element);
    this.sink.send('Submit', element, fields, form);
  }

  private reset(event: Event): void {
    // The controls change when all listeners were asked.
    setTimeout(() => {
      if (event.target instanceof HTMLFormElement) tellReset(event.target);
    });
  }

  private input(event: Event): void {
    const control = elementOf(event.target);
    if (control === undefined) return;
    this.unanswered.change(control);
    const element = takerOf(event, 'input');
    if (element === undefined) return;
    this.delays.add(event, 'input', control, delayOf(element, 'debounce', 'input'), true, () => {
      this.modify(event, element, 'input');
      this.sink.send('Input', element, shownBy(control), control);
    });
  }

  private change(event: Event): void {
    const control = elementOf(event.target);
    if (control === undefined) return;
    this.unanswered.change(control);
    const element = takerOf(event);
    if (element === undefined) return;
    this.delays.flush();
    this.modify(event, element);
    this.sink.send('Change', element, shownBy(control), control);
  }

  private hear(event: Event, type: EventName, kind: Kind): void {
    if (!(kind.has in event)) return;
    for (const element of takersOf(event)) this.take(event, element, type, kind);
  }

  private take(event: Event, element: Element, type: EventName, { read }: Kind): void {
    const dom = event.type;
    if (FLOODS.test(dom)) {
      this.modify(event, element);
      const send = (events: Event[]): void => {
        const last = events[events.length - 1] ?? event;
        if (this.sink.connected) this.sink.send(type, element, read(last, element, events));
      };
      this.delays.add(event, dom, element, delayOf(element, 'throttle', dom), false, send);
      return;
    }
    if (!ASIDE.test(dom)) this.delays.flush();
    if (dom === 'drop') event.preventDefault();
    this.modify(event, element);
    this.sink.send(type, element, read(event, element, [event]));
  }

  private hover(event: MouseEvent): void {
    const link = linkOf(event);
    const href = link?.hasAttribute('data-prefetch') ? link.getAttribute('href') : null;
    if (href === null || this.prefetched.has(href) || !this.sink.connected) return;
    this.prefetched.add(href);
    const data = new TextEncoder().encode(JSON.stringify({ path: href }));
    this.sink.send('Custom', 'prefetch', { name: 'prefetch', data });
  }

  /** Does what the element's modifiers say of the event. */
  private modify(event: Event, element: Element, dom = event.type): void {
    const has = (modifier: string): boolean => hasModifier(element, modifier, dom);
    if (has('pd') && !has('passive')) event.preventDefault();
    if (has('sp')) event.stopPropagation();
    if (has('once')) {
      const rest = eventsOf(element).filter(name => name !== dom);
      plain(element).setAttribute('data-ve', rest.join(','));
    }
    if (dom === 'click' || dom === 'change') this.sink.optimistic(element);
  }
}

/** Goes to a place of the page. */
export function showHash(hash: string, replace: boolean): void {
  if (replace) location.replace(hash);
  else location.assign(hash);
}

function eventsOf(element: Element): string[] {
  return plain(element).getAttribute('data-ve')?.split(',') ?? [];
}

function isNamed(element: Element): boolean {
  return plain(element).hasAttribute('data-hid');
}

function hasModifier(element: Element, modifier: string, dom: string): boolean {
  return plain(element).getAttribute(`data-${modifier}-${dom}`) === 'true';
}

/**
 * The elements that take an event: of a resize of the page all that want it, of others one at most.
 */
function takersOf(event: Event): Iterable<Element> {
  if (event.target === window) {
    return [...page.querySelectorAll('[data-ve]')].filter(element => takes(element, event, event.type));
  }
  const element = takerOf(event);
  return element === undefined ? [] : [element];
}

/**
 * The nearest element that takes an event, from its target up; of events that do not bubble the
 * nearest named one, if it does.
 */
function takerOf(event: Event, dom = event.type): Element | undefined {
  const target = elementOf(event.target);
  for (let element = target ?? null; element !== null; element = plain(element).parentElement) {
    if (takes(element, event, dom)) return element;
    // The pointer enters and leaves each element around the target by an event of its own.
    if (OWN.test(dom) && (isNamed(element) || dom.startsWith('mouse'))) return undefined;
  }
  return undefined;
}

function takes(element: Element, event: Event, dom: string): boolean {
  return (
    isNamed(element) &&
    eventsOf(element).includes(dom) &&
    !(hasModifier(element, 'self', dom) && event.target !== element) &&
    (!dom.startsWith('key') || isStroke(event as KeyboardEvent, element))
  );
}

function delayOf(element: Element, kind: string, dom: string): number {
  const own = plain(element);
  const text = own.getAttribute(`data-${kind}-${dom}`) ?? own.getAttribute(`data-${kind}`);
  return Number(text) || DEFAULT_DELAY;
}

function linkOf(event: Event): HTMLAnchorElement | null {
  const target = elementOf(event.target);
  return target === undefined ? null : plain(target).closest<HTMLAnchorElement>('a[href],area[href]');
}

/** Whether the browser, not the server, follows the link. */
function isForeign(link: HTMLAnchorElement): boolean {
  return (
    link.hasAttribute('download') ||
    link.hasAttribute('data-external') ||
    (link.target !== '' && link.target !== '_self') ||
    link.origin !== location.origin
  );
}

function isLive(link: HTMLAnchorElement): boolean {
  return (link.hasAttribute('data-vango-link') || link.hasAttribute('data-link')) && !isForeign(link);
}

/**
 * Whether a key was struck that the element wants. Input methods strike keys too, such as the one
 * that confirms a word.
 */
function isStroke(event: KeyboardEvent, element: Element): boolean {
  if (event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD) return false;
  const filter = event.type === 'keydown' && plain(element).getAttribute('data-key-filter');
  if (!filter) return true;
  // The key may be a plus or a space.
  const at = filter.slice(0, -1).lastIndexOf('+');
  const key = filter.slice(at + 1).trim() || ' ';
  const modifiers = filter.slice(0, Math.max(at, 0)).split('+');
  const wants = (name: string): boolean => modifiers.some(part => part.trim().toLowerCase() === name);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === wants('ctrl') &&
    event.shiftKey === wants('shift') &&
    event.altKey === wants('alt') &&
    event.metaKey === wants('meta')
  );
}
