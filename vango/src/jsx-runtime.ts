import type { ClientEvent, EventName } from './protocol';
import {
  type Child,
  type Component,
  createNode,
  type DataHandler,
  type FormValues,
  Fragment,
  type PlainHandler,
  type TrustedUrl,
  type VNode,
} from './vdom';

export { Fragment };

/**
 * The functions that JSX compiles to; see `jsxImportSource` in the manual of TypeScript or esbuild.
 */
export function jsx(
  type: string | typeof Fragment | Component<never>,
  props: Record<string, unknown>,
  key?: unknown,
): VNode {
  return createNode(type, props, key);
}

export { jsx as jsxDEV, jsx as jsxs };

type Value =
  | string
  | number
  | boolean
  | TrustedUrl
  | null
  | undefined
  | { readonly value: unknown };

type DataOf<N extends EventName> = Extract<ClientEvent, { type: N }>['data'];
type HandlerOf<N extends EventName> = N extends 'Submit'
  ? DataHandler<FormValues>
  : DataOf<N> extends undefined
    ? PlainHandler
    : DataHandler<DataOf<N>>;

/** A handler for each event that an element can have: `onClick`, `onKeyDown` and so on. */
type Handlers = {
  [N in Exclude<EventName, 'Navigate'> as `on${N}`]?: HandlerOf<N> | null | false;
};

type Letter =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z');
/** All names except those that begin with `on`: only the handlers do. */
type AttributeName =
  | `${Exclude<Letter | Uppercase<Letter>, 'o' | 'O'>}${string}`
  | `${'o' | 'O'}${Exclude<Letter | Uppercase<Letter>, 'n' | 'N'>}${string}`
  | `${'_' | ':' | '@'}${string}`;

/**
 * Attributes of any element. Other names are passed on, except handlers of events that are never
 * sent.
 */
export interface ElementProps extends Handlers {
  /** The same as `onDblClick`. */
  onDoubleClick?: PlainHandler | null | false;
  children?: Child;
  key?: string | number;
  class?: Value;
  className?: Value;
  style?: Value | Record<string, string | number | null | undefined>;
  dangerouslySetInnerHTML?: { readonly __html: string };
  /** Name of a hook registered in the browser, and its JSON configuration. */
  hook?: string;
  hookConfig?: unknown;
  /** What the browser shows before the server answers (docs/protocol.md, section 13.4). */
  optimistic?: { class?: string; text?: string; attr?: string; value?: string };
  // HTML has more attributes than a type can list, and a narrower index would clash with handlers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  [attribute: AttributeName]: any;
}

export namespace JSX {
  export type Element = VNode;
  export type ElementType = string | typeof Fragment | ((props: never) => Child);
  export interface ElementChildrenAttribute {
    children: unknown;
  }
  export interface IntrinsicAttributes {
    key?: string | number;
  }
  export interface IntrinsicElements {
    [tag: string]: ElementProps;
  }
}
