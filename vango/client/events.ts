import type { ClientEvent, EventName } from '../src/protocol';

/** Sends an event to the server; `whenLost` says what becomes of it while there is no connection. */
export interface EventSink {
  readonly connected: boolean;
  /** @param target an element, or the name of what is none */
  send(type: EventName, target: Element | string, data: ClientEvent['data']): void;
  /** Shows at once what the element promises. */
  optimistic(element: Element): void;
  navigate(path: string, replace: boolean): void;
  /** The user went back or forth. */
  moved(): void;
}

/** Events that count for the nearest named element alone, and whose data is nothing. */
const PLAIN: ReadonlyArray<[dom: string, type: EventName]> = [
  ['dblclick', 'DblClick'],
  ['focus', 'Focus'],
  ['blur', 'Blur'],
  ['mouseenter', 'MouseEnter'],
  ['mouseleave', 'MouseLeave'],
];
const KEYS: ReadonlyArray<[dom: string, type: EventName]> = [
  ['keydown', 'KeyDown'],
  ['keyup', 'KeyUp'],
];
const DEFAULT_DELAY = 100;

/** Listens on the document and turns DOM events into the server's (protocol §13.4). */
export class EventListeners {
  private readonly pendingInputs = new Map<Element, number>();
  private readonly throttled = new WeakSet<Element>();
  private readonly prefetched = new Set<string>();

  constructor(private readonly sink: EventSink) {}

  start(): void {
    const on = (type: string, listener: (event: never) => void, capture = false): void =>
      document.addEventListener(type, listener as EventListener, capture);
    on('click', (event: MouseEvent) => this.click(event));
    on('submit', (event: SubmitEvent) => this.submit(event));
    on('input', (event: Event) => this.input(event));
    on('change', (event: Event) => this.change(event));
    on('scroll', (event: Event) => this.scroll(event), true);
    on('mouseover', (event: MouseEvent) => this.hover(event));
    for (const [dom, type] of PLAIN) {
      // These do not bubble, or are heard before the page can stop them.
      on(dom, (event: Event) => this.plain(event, dom, type), true);
    }
    for (const [dom, type] of KEYS) on(dom, (event: KeyboardEvent) => this.key(event, dom, type));
    on('vango:navigate', ({ detail }: CustomEvent) =>
      this.sink.navigate(detail.path, detail.replace === true),
    );
    on('vango:hash', ({ detail }: CustomEvent) => showHash(`#${detail.value}`, detail.replace === true));
    addEventListener('popstate', () => this.sink.moved());
  }

  private click(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const target = event.target as Element;
    const link = target.closest<HTMLAnchorElement>('a[href]');
    const element = closestWith(target, 'click');
    if (element !== undefined && !(link !== null && element.contains(link) && isForeign(link))) {
      if (!this.sink.connected) return;
      event.preventDefault();
      this.flushInputs();
      this.accept(event, element, 'click', () => this.sink.send('Click', element, undefined));
    }
    if (link === null || !isLive(link) || !this.sink.connected) return;
    event.preventDefault();
    this.flushInputs();
    this.sink.navigate(link.getAttribute('href') as string, false);
  }

  private submit(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!handles(form, 'submit')) return;
    event.preventDefault();
    if (!this.sink.connected) return;
    this.flushInputs();
    const fields = new Map<string, string>();
    for (const [name, value] of new FormData(form)) fields.set(name, String(value));
    this.accept(event, form, 'submit', () => this.sink.send('Submit', form, [...fields]));
  }

  private input(event: Event): void {
    const element = nearestWith(event.target, 'input');
    if (element === undefined) return;
    clearTimeout(this.pendingInputs.get(element));
    const delay = delayOf(element, 'debounce', 'input');
    this.pendingInputs.set(
      element,
      setTimeout(() => this.sendInput(element), delay),
    );
  }

  private sendInput(element: Element): void {
    clearTimeout(this.pendingInputs.get(element));
    this.pendingInputs.delete(element);
    if (element.isConnected) this.sink.send('Input', element, (element as HTMLInputElement).value);
  }

  /** What was typed comes before what is done with it. */
  private flushInputs(): void {
    for (const element of [...this.pendingInputs.keys()]) this.sendInput(element);
  }

  private change(event: Event): void {
    const element = nearestWith(event.target, 'change');
    if (element === undefined) return;
    this.flushInputs();
    this.accept(event, element, 'change', () => this.sink.send('Change', element, changedValue(element)));
  }

  private plain(event: Event, dom: string, type: EventName): void {
    const element = nearestWith(event.target, dom);
    if (element === undefined) return;
    this.accept(event, element, dom, () => this.sink.send(type, element, undefined));
  }

  private key(event: KeyboardEvent, dom: string, type: EventName): void {
    const element = nearestWith(event.target, dom);
    if (element === undefined) return;
    if (dom === 'keydown' && !passesKeyFilter(event, element.getAttribute('data-key-filter'))) return;
    this.flushInputs();
    this.accept(event, element, dom, () => {
      const modifiers =
        +event.ctrlKey | (+event.shiftKey << 1) | (+event.altKey << 2) | (+event.metaKey << 3);
      const { key, code, repeat, location } = event;
      this.sink.send(type, element, { key, code, modifiers, repeat, location });
    });
  }

  private scroll(event: Event): void {
    const target = event.target === document ? document.documentElement : event.target;
    const element = nearestWith(target, 'scroll');
    if (element === undefined || this.throttled.has(element)) return;
    this.throttled.add(element);
    setTimeout(
      () => {
        this.throttled.delete(element);
        this.sink.send('Scroll', element, { top: element.scrollTop, left: element.scrollLeft });
      },
      delayOf(element, 'throttle', 'scroll'),
    );
  }

  private hover(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href][data-prefetch]');
    const href = link?.getAttribute('href');
    if (href == null || this.prefetched.has(href) || !this.sink.connected) return;
    this.prefetched.add(href);
    const data = new TextEncoder().encode(JSON.stringify({ path: href }));
    this.sink.send('Custom', 'prefetch', { name: 'prefetch', data });
  }

  /** Applies the modifiers of the element, then sends. */
  private accept(event: Event, element: Element, dom: string, send: () => void): void {
    const has = (modifier: string): boolean => element.getAttribute(`data-${modifier}-${dom}`) === 'true';
    if (has('self') && event.target !== element) return;
    if (has('pd') && !has('passive')) event.preventDefault();
    if (has('sp')) event.stopPropagation();
    if (has('once')) {
      const rest = eventsOf(element).filter(name => name !== dom);
      element.setAttribute('data-ve', rest.join(','));
    }
    if (dom === 'click' || dom === 'change') this.sink.optimistic(element);
    send();
  }
}

/** Goes to a place of the page. */
function showHash(hash: string, replace: boolean): void {
  if (replace) location.replace(hash);
  else location.assign(hash);
}

function eventsOf(element: Element): string[] {
  return element.getAttribute('data-ve')?.split(',') ?? [];
}

function handles(element: Element, dom: string): boolean {
  return element.hasAttribute('data-hid') && eventsOf(element).includes(dom);
}

/** The nearest named element that handles the event, the element itself included. */
function closestWith(target: Element, dom: string): Element | undefined {
  for (let element: Element | null = target; element !== null; element = element.parentElement) {
    if (handles(element, dom)) return element;
  }
  return undefined;
}

/** The nearest named element, if it handles the event. */
function nearestWith(target: EventTarget | null, dom: string): Element | undefined {
  const element = target instanceof Element ? target.closest('[data-hid]') : null;
  return element !== null && handles(element, dom) ? element : undefined;
}

function delayOf(element: Element, kind: string, dom: string): number {
  const text = element.getAttribute(`data-${kind}-${dom}`) ?? element.getAttribute(`data-${kind}`);
  return Number(text) || DEFAULT_DELAY;
}

function changedValue(element: Element): string {
  const control = element as HTMLInputElement;
  if (control.type === 'checkbox') return String(control.checked);
  if (control.type === 'radio') return control.checked ? control.value : '';
  if (element instanceof HTMLSelectElement && element.multiple) {
    return [...element.selectedOptions].map(option => option.value).join(',');
  }
  return control.value;
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

function passesKeyFilter(event: KeyboardEvent, filter: string | null): boolean {
  if (!filter) return true;
  const parts = filter.split('+').map(part => part.trim());
  const key = parts.pop()?.toLowerCase();
  const wants = (name: string): boolean => parts.some(part => part.toLowerCase() === name);
  return (
    event.key.toLowerCase() === key &&
    event.ctrlKey === wants('ctrl') &&
    event.shiftKey === wants('shift') &&
    event.altKey === wants('alt') &&
    event.metaKey === wants('meta')
  );
}
