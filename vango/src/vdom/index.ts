export { type BuildHost, buildElement, type Rendered } from './build';
export { chooseAgain, diff } from './diff';
export {
  callHandler,
  type DataHandler,
  debounce,
  type EventHandler,
  type FormValues,
  type Handlers,
  keys,
  namesOf,
  once,
  type PlainHandler,
  preventDefault,
  self,
  stopPropagation,
  throttle,
} from './handlers';
export { assignHids, HidAllocator } from './hid';
export { type HostElement, type HostNode, isElement } from './host';
export { renderHtml, renderInnerHtml } from './html';
export { reuseElements } from './reuseElements';
export { type TrustedUrl, trustedUrl } from './urls';
export {
  type Child,
  type Component,
  callComponent,
  createNode,
  Fragment,
  h,
  type VNode,
} from './vnode';
export { toWire } from './wire';
