import type {
  AnimationData,
  CustomData,
  DragData,
  HookData,
  KeyData,
  MouseData,
  ResizeData,
  ScrollData,
  TouchData,
  WheelData,
} from './protocol';
import {
  type Child,
  type Component,
  createNode,
  type DataHandler,
  type FormValues,
  Fragment,
  type PlainHandler,
  type VNode,
} from './vdom';

export { Fragment };

/** What JSX compiles to; see `jsxImportSource` in the TypeScript and esbuild manuals. */
export function jsx(
  type: string | typeof Fragment | Component<never>,
  props: Record<string, unknown>,
  key?: unknown,
): VNode {
  return createNode(type, props, key);
}

export { jsx as jsxDEV, jsx as jsxs };

type Value = string | number | boolean | null | undefined | { readonly value: unknown };

interface Handlers {
  onClick?: PlainHandler;
  onDblClick?: PlainHandler;
  onMouseEnter?: PlainHandler;
  onMouseLeave?: PlainHandler;
  onMouseDown?: DataHandler<MouseData>;
  onMouseUp?: DataHandler<MouseData>;
  onMouseMove?: DataHandler<MouseData>;
  onWheel?: DataHandler<WheelData>;
  onInput?: DataHandler<string>;
  onChange?: DataHandler<string>;
  onSubmit?: DataHandler<FormValues>;
  onFocus?: PlainHandler;
  onBlur?: PlainHandler;
  onKeyDown?: DataHandler<KeyData>;
  onKeyUp?: DataHandler<KeyData>;
  onKeyPress?: DataHandler<KeyData>;
  onScroll?: DataHandler<ScrollData>;
  onResize?: DataHandler<ResizeData>;
  onTouchStart?: DataHandler<TouchData>;
  onTouchMove?: DataHandler<TouchData>;
  onTouchEnd?: DataHandler<TouchData>;
  onDragStart?: DataHandler<DragData>;
  onDragEnd?: DataHandler<DragData>;
  onDrop?: DataHandler<DragData>;
  onAnimationStart?: DataHandler<AnimationData>;
  onAnimationEnd?: DataHandler<AnimationData>;
  onTransitionEnd?: DataHandler<AnimationData>;
  onHook?: DataHandler<HookData>;
  onCustom?: DataHandler<CustomData>;
}

/** Attributes of any element. Other names pass as they are. */
export interface ElementProps extends Handlers {
  children?: Child;
  key?: string | number;
  class?: Value;
  className?: Value;
  style?: Value | Record<string, string | number | null | undefined>;
  dangerouslySetInnerHTML?: { readonly __html: string };
  /** Name of a hook registered in the browser, and its JSON configuration. */
  hook?: string;
  hookConfig?: unknown;
  /** What the browser shows at once, before the server answers (protocol §13.4). */
  optimistic?: { class?: string; text?: string; attr?: string; value?: string };
  // biome-ignore lint/suspicious/noExplicitAny: HTML has more attributes than a type can usefully list, and a narrower index would clash with handlers.
  [attribute: string]: any;
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
