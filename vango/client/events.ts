import { type ClientEvent, EVENT_TYPES, type EventName } from '../src/protocol';
import { Delays } from './delays';
import { elementOf, page, plain } from './dom';
import {
  delayOf,
  eventsOf,
  handlerOf,
  handlersOf,
  hasModifier,
  NON_BUBBLING,
} from './eventHandlers';
import { closesDialog, controlValue, fieldsOf, reportReset, submits } from './forms';
import { isExternal, isLive, linkOf } from './links';
import { EVENT_KINDS, type EventKind } from './payloads';
import type { Unanswered } from './unanswered';

/** Receives the events of the page. */
export interface EventSink {
  readonly connected: boolean;
  /**
   * Sends an event to the server.
   *
   * @param target - The element that handles the event, or the HID of a handler that has none.
   * @param source - The control or form whose state the event carries.
   * @param startedAt - The `timeStamp` of the event, if it is not the current one.
   */
  send(
    type: EventName,
    target: Element | string,
    data: ClientEvent['data'],
    source?: Element,
    startedAt?: number,
  ): void;
  /** Applies the optimistic update that an element declares. */
  applyOptimistic(element: Element): void;
  /** Asks the server for another page of the app. */
  navigate(path: string, replace: boolean): void;
  /** The user went back or forward in the history. */
  traversed(): void;
}

/** DOM events that are throttled, and dropped while there is no connection. */
const THROTTLED = /^(mousemove|wheel|touchmove|scroll|resize)$/;
/** DOM events that do not depend on earlier input, so that delayed input can wait past them. */
const INDEPENDENT = /^(focus|mouseenter|mouseleave|animation|transition)/;

/**
 * Listens on the document and sends DOM events to the server (docs/protocol.md, section 13.4).
 *
 * An event that bubbles goes to the nearest element that handles it, and only to that one.
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
    on('click', (event: MouseEvent) => this.onClick(event));
    on('submit', (event: SubmitEvent) => this.onSubmit(event));
    on('reset', (event: Event) => this.onReset(event));
    on('input', (event: Event) => this.onInput(event));
    on('change', (event: Event) => this.onChange(event));
    on('compositionstart', ({ target }: Event) => {
      this.unanswered.composing = elementOf(target);
    });
    on('compositionend', (event: Event) => {
      this.unanswered.composing = undefined;
      // Values that the server set during composition were not shown. This event makes it send them
      // again.
      this.onInput(event);
    });
    on('mouseover', (event: MouseEvent) => this.onHover(event));
    on('dragover', (event: DragEvent) => {
      // The browser allows a drop only where the default action of dragover is prevented.
      if (handlerOf(event, 'drop') !== undefined) event.preventDefault();
    });
    for (const { name, dom } of Object.values(EVENT_TYPES)) {
      const kind = EVENT_KINDS.find(({ names }) => names.test(dom));
      if (kind === undefined) continue;
      const listener = (event: Event): void => this.onEvent(event, name as EventName, kind);
      // A resize is fired at the window. Events that do not bubble are caught in the capture phase.
      if (dom === 'resize') addEventListener(dom, listener, true);
      else on(dom, listener, NON_BUBBLING.test(dom));
    }
    on('vango:navigate', ({ detail }: CustomEvent) =>
      this.sink.navigate(detail.path, detail.replace === true),
    );
    on('vango:hash', ({ detail }: CustomEvent) =>
      showHash(`#${detail.value}`, detail.replace === true),
    );
    addEventListener('popstate', () => this.sink.traversed());
  }

  private onClick(event: MouseEvent): void {
    const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (event.defaultPrevented || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const link = linkOf(event);
    const element = handlerOf(event);
    if (
      element !== undefined &&
      !(link !== null && plain(element).contains(link) && isExternal(link))
    ) {
      // The browser still follows links and operates controls within the element.
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

  private onSubmit(event: SubmitEvent): void {
    const { target: form, submitter = null } = event;
    const element = handlerOf(event);
    if (element === undefined || !(form instanceof HTMLFormElement)) return;
    if (!closesDialog(form, submitter)) event.preventDefault();
    this.delays.flush();
    const fields = fieldsOf(form, submitter);
    if (fields === undefined || !this.unanswered.submit(form, fields)) return;
    this.modify(event, element);
    this.sink.send('Submit', element, fields, form);
  }

  private onReset(event: Event): void {
    // Controls change only after all listeners have run.
    setTimeout(() => {
      if (event.target instanceof HTMLFormElement) reportReset(event.target);
    });
  }

  private onInput(event: Event): void {
    const control = elementOf(event.target);
    if (control === undefined) return;
    this.unanswered.change(control);
    const element = handlerOf(event, 'input');
    if (element === undefined) return;
    const send = (events: Event[]): void => {
      this.modify(event, element, 'input');
      const last = events.at(-1) ?? event;
      this.sink.send('Input', element, controlValue(control), control, last.timeStamp);
    };
    this.delays.add(event, 'input', control, delayOf(element, 'debounce', 'input'), true, send);
  }

  private onChange(event: Event): void {
    const control = elementOf(event.target);
    if (control === undefined) return;
    this.unanswered.change(control);
    const element = handlerOf(event);
    if (element === undefined) return;
    this.delays.flush();
    this.modify(event, element);
    this.sink.send('Change', element, controlValue(control), control);
  }

  private onEvent(event: Event, type: EventName, kind: EventKind): void {
    if (!(kind.has in event)) return;
    for (const element of handlersOf(event)) this.handle(event, element, type, kind);
  }

  private handle(event: Event, element: Element, type: EventName, { read }: EventKind): void {
    const dom = event.type;
    if (THROTTLED.test(dom)) {
      this.modify(event, element);
      const send = (events: Event[]): void => {
        const last = events[events.length - 1] ?? event;
        if (this.sink.connected) {
          const data = read(last, element, events);
          this.sink.send(type, element, data, undefined, last.timeStamp);
        }
      };
      this.delays.add(event, dom, element, delayOf(element, 'throttle', dom), false, send);
      return;
    }
    if (!INDEPENDENT.test(dom)) this.delays.flush();
    if (dom === 'drop') event.preventDefault();
    this.modify(event, element);
    this.sink.send(type, element, read(event, element, [event]));
  }

  private onHover(event: MouseEvent): void {
    const link = linkOf(event);
    const href = link?.hasAttribute('data-prefetch') ? link.getAttribute('href') : null;
    if (href === null || this.prefetched.has(href) || !this.sink.connected) return;
    this.prefetched.add(href);
    const data = new TextEncoder().encode(JSON.stringify({ path: href }));
    this.sink.send('Custom', 'prefetch', { name: 'prefetch', data });
  }

  /** Applies the modifiers that an element declares for an event. */
  private modify(event: Event, element: Element, dom = event.type): void {
    const has = (modifier: string): boolean => hasModifier(element, modifier, dom);
    if (has('pd') && !has('passive')) event.preventDefault();
    if (has('sp')) event.stopPropagation();
    if (has('once')) {
      const rest = eventsOf(element).filter(name => name !== dom);
      plain(element).setAttribute('data-ve', rest.join(','));
    }
    if (dom === 'click' || dom === 'change') this.sink.applyOptimistic(element);
  }
}

/** Goes to a fragment of the current page. */
export function showHash(hash: string, replace: boolean): void {
  if (replace) location.replace(hash);
  else location.assign(hash);
}
