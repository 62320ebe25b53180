import { type Patch, PatchOp } from '../src/protocol';
import { carryDraft, counterparts } from './drafts';
import type { History } from './history';
import type { Hooks } from './hooks';
import {
  caretOf,
  createNode,
  hidOf,
  type NodeMap,
  removeAttribute,
  setAttribute,
  setFlag,
  setValue,
} from './nodes';

type Of<O extends PatchOp> = Extract<Patch, { op: O }>;

/** A patch for an element that is not there: page and server differ. */
export class UnknownElementError extends Error {}

/** Applies patches to the page. */
export class Patcher {
  constructor(
    private readonly nodes: NodeMap,
    private readonly history: History,
    private readonly hooks: Hooks,
  ) {}

  /** Applies all that can be. @throws UnknownElementError afterwards, if some could not */
  apply(patches: Patch[]): void {
    let missing: string | undefined;
    const before = document.activeElement;
    for (const patch of patches) {
      if (!this.applyOne(patch)) missing = patch.hid;
    }
    // Elements that are moved or replaced lose the focus; the server may also have moved it on purpose.
    if (!patches.some(({ op }) => op === PatchOp.Focus || op === PatchOp.Blur))
      refocus(before, before && this.nodes.get(hidOf(before)));
    if (missing !== undefined) throw new UnknownElementError(`No element ${missing}`);
  }

  /** Replaces the whole body, but for what the user did and the server does not know. @returns new elements by those they took the place of */
  replaceBody(html: string): Map<Element, Element> {
    const template = document.createElement('template');
    template.innerHTML = html;
    const { activeElement, body } = document;
    const at = activeElement && caretOf(activeElement as HTMLInputElement);
    const replaced = counterparts(body, template.content);
    const scrolled = [...replaced].map(
      ([before, after]) => [after, before.scrollTop, before.scrollLeft] as const,
    );
    this.hooks.destroyAll();
    body.replaceChildren(template.content);
    this.nodes.rebuild();
    for (const [before, after] of replaced) carryDraft(before, after);
    for (const [after, top, left] of scrolled) if (top !== 0 || left !== 0) after.scrollTo(left, top);
    if (activeElement !== null)
      refocus(activeElement, replaced.get(activeElement) ?? this.nodes.get(hidOf(activeElement)), at);
    this.hooks.mount(document);
    return replaced;
  }

  private applyOne(patch: Patch): boolean {
    switch (patch.op) {
      case PatchOp.InsertNode: {
        const parent = this.nodes.get(patch.parent);
        if (parent === undefined) return false;
        const node = createNode(patch.node, parent.namespaceURI);
        parent.insertBefore(node, parent.children[patch.index] ?? null);
        this.added(node, parent);
        return true;
      }
      case PatchOp.URLPush:
      case PatchOp.URLReplace:
        this.history.setQuery(patch.params, patch.op === PatchOp.URLPush);
        return true;
      case PatchOp.NavPush:
      case PatchOp.NavReplace:
        this.history.show(patch.path, patch.op === PatchOp.NavPush);
        return true;
    }
    const element = this.nodes.get(patch.hid);
    if (element === undefined) return false;
    return this.applyTo(element as HTMLElement, patch);
  }

  private applyTo(
    element: HTMLElement,
    patch: Exclude<Patch, Of<0x04 | 0x30 | 0x31 | 0x32 | 0x33>>,
  ): boolean {
    switch (patch.op) {
      case PatchOp.SetText:
        for (const child of element.children) this.removed(child);
        element.textContent = patch.value;
        break;
      case PatchOp.SetAttr:
        setAttribute(element, patch.key, patch.value);
        break;
      case PatchOp.RemoveAttr:
        removeAttribute(element, patch.key);
        break;
      case PatchOp.RemoveNode:
        this.removed(element);
        element.remove();
        break;
      case PatchOp.MoveNode: {
        const parent = this.nodes.get(patch.parent);
        if (parent === undefined) return false;
        parent.insertBefore(element, parent.children[patch.index] ?? null);
        break;
      }
      case PatchOp.ReplaceNode: {
        const parent = element.parentElement as Element;
        const node = createNode(patch.node, parent.namespaceURI);
        this.removed(element);
        element.replaceWith(node);
        this.added(node, parent);
        break;
      }
      case PatchOp.SetValue:
        setValue(element as HTMLInputElement, patch.value);
        break;
      case PatchOp.SetChecked:
        setFlag(element, 'checked', patch.value);
        break;
      case PatchOp.SetSelected:
        setFlag(element, 'selected', patch.value);
        break;
      case PatchOp.Focus:
        element.focus();
        break;
      case PatchOp.Blur:
        element.blur();
        break;
      case PatchOp.ScrollTo:
        element.scrollTo({
          left: patch.x,
          top: patch.y,
          behavior: patch.behavior === 1 ? 'smooth' : 'instant',
        });
        break;
      case PatchOp.AddClass:
        element.classList.add(patch.value);
        break;
      case PatchOp.RemoveClass:
        element.classList.remove(patch.value);
        break;
      case PatchOp.ToggleClass:
        element.classList.toggle(patch.value);
        break;
      case PatchOp.SetStyle:
        setStyle(element, patch.key, patch.value);
        break;
      case PatchOp.RemoveStyle:
        setStyle(element, patch.key, '');
        break;
      case PatchOp.SetData:
        element.dataset[patch.key] = patch.value;
        break;
      case PatchOp.Dispatch:
        element.dispatchEvent(
          new CustomEvent(patch.name, { detail: parse(patch.detail), bubbles: true, cancelable: true }),
        );
        break;
    }
    this.hooks.updated(element);
    return true;
  }

  private added(node: Node, parent: Element): void {
    // A fragment is empty by now: its children stand in the parent.
    const root = node instanceof Element ? node : node instanceof DocumentFragment ? parent : undefined;
    if (root === undefined) return;
    this.nodes.add(root);
    this.hooks.mount(root);
  }

  private removed(element: Element): void {
    this.hooks.destroy(element);
    this.nodes.remove(element);
  }
}

/** Gives the focus, caret included, from an element that lost it to what stands for it now. */
function refocus(
  before: Element | null,
  after: Element | null | undefined,
  at = before === null ? null : caretOf(before as HTMLInputElement),
): void {
  if (
    !(after instanceof HTMLElement) ||
    after === document.activeElement ||
    after.tagName !== before?.tagName
  )
    return;
  after.focus({ preventScroll: true });
  if (at != null) (after as HTMLInputElement).setSelectionRange(at, at);
}

/** Sets a style by its camelCase name, as the protocol does, or a custom property. */
function setStyle(element: HTMLElement, name: string, value: string): void {
  if (name.startsWith('--')) element.style.setProperty(name, value);
  else (element.style as unknown as Record<string, string>)[name] = value;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
