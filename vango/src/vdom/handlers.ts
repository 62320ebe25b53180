import type { Ctx, HandlerNames } from '../ctx';
import type { MaybePromise } from '../maybePromise';
import { type ClientEvent, EVENT_TYPES } from '../protocol';
import type { Component } from './vnode';

/** Handles an event without data. */
export type PlainHandler = (ctx: Ctx) => MaybePromise<void>;
/** Handles an event with its data. */
export type DataHandler<T> = (data: T, ctx: Ctx) => MaybePromise<void>;
export type EventHandler = PlainHandler | DataHandler<never>;

/**
 * Values of a submitted form by field name, with that of the pressed button. A value is a text or,
 * where several fields of the name have values, a list: `[values.tags ?? []].flat()` is always a
 * list.
 */
export type FormValues = Record<string, string | string[]>;

const MODIFIERS = Symbol('modifiers');
const ORIGINAL = Symbol('original');
const COMPONENT = Symbol('component');
/** Props of handlers, by event type. */
const PROPS = Object.fromEntries(
  Object.keys(EVENT_TYPES).map(type => [type, `on${type}`]),
) as Record<ClientEvent['type'], string>;
/** How the names of bound functions begin. */
const BOUND = 'bound ';

interface Modified {
  [MODIFIERS]?: Readonly<Record<string, string>>;
  /** The handler as the app gave it. */
  [ORIGINAL]?: EventHandler;
}

/** Handlers of an element, by DOM event name. A class, so that V8 does not pretenure them. */
export class Handlers {
  [event: string]: EventHandler;
  readonly [COMPONENT]: Component<never>;

  /** @param component - has the element */
  constructor(component: Component<never>) {
    this[COMPONENT] = component;
  }
}

/** The DOM event that a prop such as `onClick` is for. */
export function eventOf(prop: string): string {
  const name = prop.slice(2).toLowerCase();
  return name === 'doubleclick' ? 'dblclick' : name;
}

/**
 * Names the handler of an event. Functions that are written in place have no name or that of the
 * prop.
 */
export function namesOf(handlers: Handlers, type: ClientEvent['type']): HandlerNames {
  const component = handlers[COMPONENT].name || 'Component';
  const { dom } = EVENT_TYPES[type];
  const handler: (EventHandler & Modified) | undefined = handlers[dom];
  const prop = PROPS[type];
  let name = (handler?.[ORIGINAL] ?? handler)?.name || prop;
  while (name.startsWith(BOUND)) name = name.slice(BOUND.length) || prop;
  const isOfProp = name === prop || (name.startsWith('on') && eventOf(name) === dom);
  return { component, name: isOfProp ? `${component}.${name}` : name };
}

/**
 * Attributes that tell the browser how to treat the event, with `*` for the name of the event
 * (docs/protocol.md, section 13.4).
 */
export function modifiersOf(handler: EventHandler): Readonly<Record<string, string>> | undefined {
  return (handler as Modified)[MODIFIERS];
}

function modify<H extends EventHandler>(handler: H, attribute: string, value: string): H {
  const modified = ((...args: Parameters<H>) =>
    (handler as (...args: Parameters<H>) => MaybePromise<void>)(...args)) as H & Modified;
  modified[MODIFIERS] = { ...modifiersOf(handler), [attribute]: value };
  modified[ORIGINAL] = (handler as Modified)[ORIGINAL] ?? handler;
  return modified;
}

/**
 * Prevents the default action of the browser. It does not stop scrolling by wheel and touch; CSS
 * does, with `overscroll-behavior` and `touch-action`.
 */
export function preventDefault<H extends EventHandler>(handler: H): H {
  return modify(handler, 'data-pd-*', 'true');
}

/** Stops the event from reaching outer listeners. */
export function stopPropagation<H extends EventHandler>(handler: H): H {
  return modify(handler, 'data-sp-*', 'true');
}

/** Handles only events whose target is the element itself. */
export function self<H extends EventHandler>(handler: H): H {
  return modify(handler, 'data-self-*', 'true');
}

/** Handles only the first event. */
export function once<H extends EventHandler>(handler: H): H {
  return modify(handler, 'data-once-*', 'true');
}

/**
 * Handles input events only when the user pauses.
 *
 * @param milliseconds - at least 1; browsers take 0 for 100
 */
export function debounce<H extends EventHandler>(milliseconds: number, handler: H): H {
  return modify(handler, 'data-debounce-*', positive('debounce', milliseconds));
}

/**
 * Handles scroll, resize, wheel, mousemove and touchmove events at most once in so many
 * milliseconds.
 *
 * @param milliseconds - at least 1
 */
export function throttle<H extends EventHandler>(milliseconds: number, handler: H): H {
  return modify(handler, 'data-throttle-*', positive('throttle', milliseconds));
}

/** Handles keydown events of one key: `keys('Ctrl+s', save)`. Modifiers match exactly. */
export function keys<H extends EventHandler>(filter: string, handler: H): H {
  return modify(handler, 'data-key-filter', filter);
}

function positive(name: string, milliseconds: number): string {
  if (!Number.isInteger(milliseconds) || milliseconds < 1) {
    throw new RangeError(
      `${name}(${milliseconds}): give a whole number of milliseconds of at least 1`,
    );
  }
  return String(milliseconds);
}

/** Calls a handler with the data of the event, if its type has any, and the context. */
export function callHandler(
  handler: EventHandler,
  event: ClientEvent,
  ctx: Ctx,
): MaybePromise<void> {
  if (event.data === undefined) return (handler as PlainHandler)(ctx);
  const data = event.type === 'Submit' ? formValues(event.data) : event.data;
  return (handler as DataHandler<unknown>)(data, ctx);
}

function formValues(fields: ReadonlyArray<readonly [string, string]>): FormValues {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = values.get(name);
    if (before === undefined) values.set(name, value);
    else if (typeof before === 'string') values.set(name, [before, value]);
    else before.push(value);
  }
  return Object.fromEntries(values);
}
