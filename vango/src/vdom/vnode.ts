import type { ReadonlySignal } from '@preact/signals-core';

/** Groups children without an element of their own. */
export const Fragment: unique symbol = Symbol.for('vango.fragment');

/**
 * The output of a component or the content of an element. Null, undefined and booleans render
 * nothing; signals render their value.
 */
export type Child =
  | VNode
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | ReadonlySignal<unknown>
  | readonly Child[];

/**
 * A function that renders. It may use signals, effects and other values of its own; see `signal()`.
 */
export type Component<P = object> = (props: P & { children?: Child }) => Child;

/** One element or component as written, before it is rendered. */
export interface VNode {
  readonly type: string | typeof Fragment | Component<never>;
  readonly props: Readonly<Record<string, unknown>>;
  /** Identity among siblings, for lists that change order. */
  readonly key: string | undefined;
}

/** On each node: the component whose code created it, or true outside of components. */
const MARK: unique symbol = Symbol.for('vango.vnode');

let creator: Component<never> | true = true;

/** Calls a component. The nodes that its code creates are its own. */
export function callComponent<P>(component: Component<P>, props: P & { children?: Child }): Child {
  const outer = creator;
  creator = component;
  try {
    return component(props);
  } finally {
    creator = outer;
  }
}

/** The component whose code created a node; undefined for one created outside of components. */
export function creatorOf(node: VNode): Component<never> | undefined {
  const { [MARK]: made } = node as VNode & { readonly [MARK]: Component<never> | true };
  return made === true ? undefined : made;
}

/** Creates an element or component node. JSX compiles to it. */
export function createNode(
  type: VNode['type'],
  props: Record<string, unknown> | null,
  key?: unknown,
): VNode {
  return {
    [MARK]: creator,
    type,
    props: props ?? {},
    key: key == null ? undefined : String(key),
  } as VNode;
}

/**
 * Creates an element or component node without JSX: `h('p', { class: 'note' }, 'Hello')`. The prop
 * `key` becomes the key.
 */
export function h<P>(
  type: string | typeof Fragment | Component<P>,
  props?: (P & { key?: string | number }) | Record<string, unknown> | null,
  ...children: Child[]
): VNode {
  const { key, ...rest } = (props ?? {}) as Record<string, unknown>;
  if (children.length > 0) rest.children = children.length === 1 ? children[0] : children;
  return createNode(type as VNode['type'], rest, key);
}

export function isVNode(value: unknown): value is VNode {
  return typeof value === 'object' && value !== null && MARK in value;
}
