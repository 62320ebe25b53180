import { Signal } from '@preact/signals-core';
import { EVENT_TYPES } from '../protocol';
import { type EventHandler, modifiersOf } from './handlers';

/** Attributes and handlers, as an element has them. */
export interface Attributes {
  attrs: Readonly<Record<string, string>>;
  handlers: Record<string, EventHandler> | undefined;
}

export const NO_ATTRS: Readonly<Record<string, string>> = Object.freeze({});
const RENAMED: Record<string, string> = { className: 'class', htmlFor: 'for', hook: 'data-hook' };
const JSON_PROPS: Record<string, string> = { hookConfig: 'data-hook-config', optimistic: 'data-optimistic' };
const NOT_ATTRIBUTES = new Set(['children', 'key', 'dangerouslySetInnerHTML']);
const DOM_EVENTS = new Set(Object.values(EVENT_TYPES).map(type => type.dom));
const NAME = /^[^\s"'<>/=\p{Cc}]+$/u;

/**
 * Turns props into attributes, sorted by name, and handlers; those that have handlers get `data-ve` and modifiers behind (protocol §13.4).
 * @throws TypeError for names or values that cannot be attributes
 */
export function attributesOf(tag: string, props: Readonly<Record<string, unknown>>): Attributes {
  let attrs: Record<string, string> | undefined;
  let handlers: Record<string, EventHandler> | undefined;
  for (const name of sortedKeys(props)) {
    if (NOT_ATTRIBUTES.has(name)) continue;
    const value = props[name];
    if (/^on/i.test(name)) {
      if (value == null || value === false) continue;
      handlers ??= {};
      handlers[eventName(tag, name, value)] = value as EventHandler;
      continue;
    }
    const text = textOf(tag, name, value instanceof Signal ? value.value : value);
    if (text === undefined) continue;
    attrs ??= {};
    attrs[attributeName(tag, name)] = text;
  }
  if (handlers !== undefined) attrs = withEvents(attrs ?? {}, handlers);
  return { attrs: attrs ?? NO_ATTRS, handlers };
}

/** Insertion sort: there are few names, often in order already, and sort() makes much garbage for them. */
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
  if (!NAME.test(name)) throw new TypeError(`<${tag}>: ${JSON.stringify(name)} cannot be an attribute name`);
  return RENAMED[name] ?? JSON_PROPS[name] ?? name;
}

function eventName(tag: string, prop: string, handler: unknown): string {
  const name = prop.slice(2).toLowerCase();
  const event = name === 'doubleclick' ? 'dblclick' : name;
  if (!DOM_EVENTS.has(event)) throw new TypeError(`<${tag}>: no event is called ${prop}`);
  if (typeof handler !== 'function')
    throw new TypeError(`<${tag}>: ${prop} must be a function, not ${String(handler)}`);
  return event;
}

function textOf(tag: string, name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (name in JSON_PROPS) return JSON.stringify(value);
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      // For these, false is a value; for others its absence.
      if (name.startsWith('aria-') || name.startsWith('data-')) return String(value);
      return value ? '' : undefined;
    case 'object':
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

function withEvents(
  attrs: Record<string, string>,
  handlers: Record<string, EventHandler>,
): Record<string, string> {
  const events = sortedKeys(handlers);
  attrs['data-ve'] = events.join(',');
  for (const event of events) {
    const modifiers = modifiersOf(handlers[event] as EventHandler);
    for (const name in modifiers) attrs[name.replace('*', event)] = modifiers[name] as string;
  }
  return attrs;
}
