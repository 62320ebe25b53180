import { type Patch, PatchOp } from '../src/protocol';
import { setAttribute } from './attributes';
import { page, plain } from './dom';
import * as drafts from './drafts';
import { autofocusIn, refocus, selectionOf } from './focus';
import type { History } from './history';
import type { Hooks } from './hooks';
import type { LocalChanges } from './localChanges';
import type { morphBody, Successors } from './morph';
import { createNode, hidOf, type NodeMap, spaceIn } from './nodes';
import type { Unanswered } from './unanswered';

/** A patch that names no existing element as its target. */
type Untargeted = Extract<
  Patch,
  {
    op:
      | typeof PatchOp.InsertNode
      | typeof PatchOp.URLPush
      | typeof PatchOp.URLReplace
      | typeof PatchOp.NavPush
      | typeof PatchOp.NavReplace;
  }
>;

/** A patch names an element that does not exist: page and server differ. */
class UnknownElementError extends Error {}

/** Applies patches to the page. */
export class Patcher {
  /** The element with `autofocus` among those that the current patches insert. */
  private autofocused: HTMLElement | undefined;

  constructor(
    private readonly nodes: NodeMap,
    /** Undefined for content that is not on the page yet. */
    private readonly history: History | undefined,
    private readonly hooks: Hooks,
    private readonly unanswered: Unanswered,
  ) {}

  /**
   * Applies patches to the page.
   *
   * @throws UnknownElementError if an element was missing, after all other patches are applied.
   */
  apply(patches: Patch[]): void {
    let missing: string | undefined;
    const before = page.activeElement;
    const selection = selectionOf(before);
    for (const patch of patches) {
      if (!this.applyOne(patch)) missing = patch.hid;
    }
    const autofocused = this.autofocused;
    this.autofocused = undefined;
    // A focus or blur patch moved the focus on purpose.
    if (!patches.some(({ op }) => op === PatchOp.Focus || op === PatchOp.Blur)) {
      if (autofocused?.isConnected && this.unanswered.composing === undefined) autofocused.focus();
      else refocus(before, before && this.nodes.get(hidOf(before)), selection);
    }
    if (missing !== undefined) throw new UnknownElementError(`No element ${missing}`);
  }

  /** Changes the page into `content`. See `morphBody()`. */
  redraw(
    morph: typeof morphBody,
    content: DocumentFragment,
    hidsMatch: boolean,
    changes: LocalChanges,
  ): Successors {
    const before = page.activeElement;
    const selection = selectionOf(before);
    const successors = morph(content, hidsMatch, changes, this.hooks, drafts);
    this.nodes.rebuild();
    refocus(before, before && successors(before), selection);
    this.hooks.mount(document);
    return successors;
  }

  private applyOne(patch: Patch): boolean {
    switch (patch.op) {
      case PatchOp.InsertNode: {
        const parent = this.nodes.get(patch.parent);
        if (parent === undefined) return false;
        const node = createNode(patch.node, spaceIn(parent));
        plain(parent).insertBefore(node, childOf(parent, patch.index));
        this.added(node, parent);
        return true;
      }
      case PatchOp.URLPush:
      case PatchOp.URLReplace:
        this.history?.setQuery(patch.params, patch.op === PatchOp.URLPush);
        return true;
      case PatchOp.NavPush:
      case PatchOp.NavReplace:
        this.history?.show(patch.path, patch.op === PatchOp.NavPush);
        return true;
    }
    const element = this.nodes.get(patch.hid);
    if (element === undefined) return false;
    return this.applyTo(element as HTMLElement, patch);
  }

  private applyTo(element: HTMLElement, patch: Exclude<Patch, Untargeted>): boolean {
    const own = plain(element);
    switch (patch.op) {
      case PatchOp.SetText:
        if (!this.unanswered.mayWrite(element)) break;
        for (const child of own.children) this.removed(child);
        setText(element, patch.value);
        break;
      case PatchOp.SetAttr:
        this.setAttribute(element, patch.key, patch.value);
        break;
      case PatchOp.RemoveAttr:
        this.setAttribute(element, patch.key);
        break;
      case PatchOp.RemoveNode:
        this.removed(element);
        own.remove();
        break;
      case PatchOp.MoveNode: {
        const parent = this.nodes.get(patch.parent);
        if (parent === undefined) return false;
        move(element, parent, childOf(parent, patch.index));
        break;
      }
      case PatchOp.ReplaceNode: {
        const parent = own.parentElement as Element;
        const node = createNode(patch.node, spaceIn(parent));
        this.removed(element);
        own.replaceWith(node);
        this.added(node, parent);
        break;
      }
      case PatchOp.SetValue:
        this.setAttribute(element, 'value', patch.value);
        break;
      case PatchOp.SetChecked:
        this.setAttribute(element, 'checked', patch.value);
        break;
      case PatchOp.SetSelected:
        this.setAttribute(element, 'selected', patch.value);
        break;
      case PatchOp.Focus:
        own.focus();
        break;
      case PatchOp.Blur:
        own.blur();
        break;
      case PatchOp.ScrollTo:
        own.scrollTo({
          left: patch.x,
          top: patch.y,
          behavior: patch.behavior === 1 ? 'smooth' : 'instant',
        });
        break;
      case PatchOp.AddClass:
        own.classList.add(patch.value);
        break;
      case PatchOp.RemoveClass:
        own.classList.remove(patch.value);
        break;
      case PatchOp.ToggleClass:
        own.classList.toggle(patch.value);
        break;
      case PatchOp.SetStyle:
        setStyle(element, patch.key, patch.value);
        break;
      case PatchOp.RemoveStyle:
        setStyle(element, patch.key, '');
        break;
      case PatchOp.SetData:
        own.dataset[patch.key] = patch.value;
        break;
      case PatchOp.Dispatch:
        own.dispatchEvent(
          new CustomEvent(patch.name, {
            detail: parse(patch.detail),
            bubbles: true,
            cancelable: true,
          }),
        );
        break;
    }
    this.hooks.updated(element);
    return true;
  }

  /** Keeps what the user changed since; the server answers that change later. */
  private setAttribute(element: Element, name: string, value?: string | boolean): void {
    if (!SHOWN.has(name) || this.unanswered.mayWrite(element)) setAttribute(element, name, value);
  }

  private added(node: Node, parent: Element): void {
    // An inserted fragment is empty: its children are in the parent now.
    const root =
      node instanceof Element ? node : node instanceof DocumentFragment ? parent : undefined;
    if (root === undefined) return;
    this.nodes.add(root);
    this.hooks.mount(root);
    if (root === node) this.autofocused ??= autofocusIn(plain(root));
  }

  private removed(element: Element): void {
    this.hooks.destroy(element);
    this.nodes.remove(element);
  }
}

/** Attributes that set the state of a control. */
const SHOWN = new Set(['value', 'checked', 'selected']);

function childOf(parent: Element, index: number): Element | null {
  return plain(parent).children[index] ?? null;
}

/**
 * Moves an element within the page.
 *
 * Browsers with `moveBefore()` keep its focus, selection, iframes and composition.
 */
function move(element: Element, parent: Element, before: Element | null): void {
  const into = plain(parent);
  if ('moveBefore' in into) into.moveBefore(element, before);
  else (into as Element).insertBefore(element, before);
}

/** Sets the text of an element and keeps the caret if the user edits it. */
function setText(element: Element, text: string): void {
  const own = plain(element);
  if (own.children.length === 0 && own.textContent === text) return;
  const selection = getSelection();
  const { anchorNode = null, anchorOffset = 0 } = selection ?? {};
  const isEdited = element === page.activeElement && anchorNode?.parentNode === element;
  own.textContent = text;
  const { firstChild } = own;
  if (isEdited && firstChild !== null)
    selection?.collapse(firstChild, Math.min(anchorOffset, text.length));
}

/** Sets a style by its camelCase name, or a custom property by its own name. */
function setStyle(element: HTMLElement, name: string, value: string): void {
  const { style } = plain(element);
  if (name.startsWith('--')) style.setProperty(name, value);
  else Reflect.set(style, name, value);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
