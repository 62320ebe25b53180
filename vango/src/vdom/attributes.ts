import { Signal } from '@preact/signals-core';
import { EVENT_TYPES } from '../protocol';
import { isState, OFF } from './controls';
import { type EventHandler, eventOf, Handlers, modifiersOf } from './handlers';
import { isDangerous, TrustedUrl } from './urls';
import type { Component } from './vnode';

/** Attributes and handlers of an element. */
export interface Attributes {
  attrs: Readonly<Record<string, string>>;
  handlers: Handlers | undefined;
}

export const NO_ATTRS: Readonly<Record<string, string>> = Object.freeze({});
const RENAMED = new Map([
  ['className', 'class'],
  ['htmlFor', 'for'],
  ['hook', 'data-hook'],
  ['hookConfig', 'data-hook-config'],
  ['optimistic', 'data-optimistic'],
]);
const JSON_PROPS = new Set(['hookConfig', 'optimistic']);
const NOT_ATTRIBUTES = new Set(['children', 'key', 'dangerouslySetInnerHTML', 'data-hid']);
/** Events whose target is an element of the page. */
const DOM_EVENTS = new Set(
  Object.values(EVENT_TYPES)
    .filter(({ name }) => name !== 'Navigate' && name !== 'Unknown')
    .map(type => type.dom),
);
const SHOWN = 60;
const NAME = /^[^\s"'<>/=\p{Cc}]+$/u;

/**
 * Turns props into attributes, sorted by name, and handlers. An element with handlers gets
 * `data-ve` and modifiers (docs/protocol.md, section 13.4).
 *
 * @param host - gets a message about an attribute that is left out because its value would run a
 *   script
 * @param component - has the element, for the names of its handlers
 * @throws TypeError for names or values that cannot be attributes
 */
export function attributesOf(
  tag: string,
  props: Readonly<Record<string, unknown>>,
  host: { refused(message: string): void },
  component: Component<never>,
): Attributes {
  let attrs: Record<string, string> | undefined;
  let handlers: Handlers | undefined;
  for (const name of sortedKeys(props)) {
    if (NOT_ATTRIBUTES.has(name)) continue;
    const prop = props[name];
    const value = prop instanceof Signal ? prop.value : prop;
    if (/^on/i.test(name)) {
      if (value == null || value === false) continue;
      handlers ??= new Handlers(component);
      handlers[eventName(tag, name, value)] = value as EventHandler;
      continue;
    }
    const text = textOf(tag, name, value);
    if (text === undefined) continue;
    if (!(value instanceof TrustedUrl) && isDangerous(tag, name, text)) {
      host.refused(
        `<${tag}>: ${name} was left out, since ${JSON.stringify(text.slice(0, SHOWN))} would run ` +
          'or show what it holds; ' +
          'wrap it in trustedUrl() if it is not from a user',
      );
      continue;
    }
    attrs ??= {};
    attrs[attributeName(tag, name)] = text;
  }
  if (handlers !== undefined) attrs = withEvents(attrs ?? {}, handlers);
  return { attrs: attrs ?? NO_ATTRS, handlers };
}

/** Insertion sort: there are few names, mostly in order, and sort() allocates much for them. */
function sortedKeys(object: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function attributeName(tag: string, name: string): string {
  if (!NAME.test(name))
    throw new TypeError(`<${tag}>: ${JSON.stringify(name)} cannot be an attribute name`);
  return RENAMED.get(name) ?? name;
}

function eventName(tag: string, prop: string, handler: unknown): string {
  const event = eventOf(prop);
  if (!DOM_EVENTS.has(event)) throw new TypeError(`<${tag}>: no event is called ${prop}`);
  if (typeof handler !== 'function')
    throw new TypeError(`<${tag}>: ${prop} must be a function, not ${String(handler)}`);
  return event;
}

function textOf(tag: string, name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (JSON_PROPS.has(name)) return JSON.stringify(value);
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      // For these attributes, false is a value; for others it removes them.
      if (name.startsWith('aria-') || name.startsWith('data-')) return String(value);
      if (value) return '';
      return isState(tag, name) ? OFF : undefined;
    case 'object':
      if (value instanceof TrustedUrl) return value.url;
      if (name === 'style') return styleText(value as Record<string, unknown>);
  }
  throw new TypeError(
    `<${tag}>: attribute ${name} cannot be a ${typeof value}; give text, a number or a boolean`,
  );
}

function styleText(style: Record<string, unknown>): string {
  return Object.entries(style)
    .filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(
      ([name, value]) =>
        `${name.startsWith('--') ? name : name.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)}:${value}`,
    )
    .join(';');
}

function withEvents(attrs: Record<string, string>, handlers: Handlers): Record<string, string> {
  const events = sortedKeys(handlers);
  attrs['data-ve'] = events.join(',');
  for (const event of events) {
    const modifiers = modifiersOf(handlers[event] as EventHandler);
    for (const name in modifiers) attrs[name.replace('*', event)] = modifiers[name] as string;
  }
  return attrs;
}
