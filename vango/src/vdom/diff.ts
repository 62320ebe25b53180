import { type Patch, PatchOp } from '../protocol';
import { fieldName, isSameAttribute, isSameField, isState, OFF } from './controls';
import { assignHids, type HidAllocator } from './hid';
import type { HostElement } from './host';
import { longestIncreasingSubsequence } from './longestIncreasingSubsequence';
import { isInert } from './nesting';
import { areSamePlaces, type Place, placeAt } from './places';
import { RawHtmlError, toWire } from './wire';

const FORM_VALUE = new Set(['input', 'textarea', 'select']);

/** The difference between two trees. */
export interface Difference {
  /** Undefined when raw inner HTML changed, which patches cannot carry. */
  readonly patches: Patch[] | undefined;
  /** Elements of the previous tree by the new elements that they became; see `reuseElements()`. */
  readonly reused: ReadonlyMap<HostElement, HostElement>;
}

/**
 * Compares the tree that the browser shows with the next one. Elements that stay keep their HIDs
 * (hydration IDs), new elements get fresh ones.
 */
export function diff(
  previous: HostElement,
  next: HostElement,
  allocator: HidAllocator,
): Difference {
  const differ = new Differ(allocator);
  try {
    return differ.run(previous, next);
  } catch (error) {
    if (!(error instanceof RawHtmlError)) throw error;
    // The caller redraws the page. Elements that were not reached still need HIDs.
    assignHids(next, allocator);
    return { patches: undefined, reused: NOTHING_REUSED };
  }
}

const NO_ELEMENTS: Iterable<HostElement> = [];
const NOTHING_REUSED: ReadonlyMap<HostElement, HostElement> = new Map();

/**
 * Sets the value of the select around `part` again, if a render set it, since its options have
 * changed. Has no effect for elements outside of selects.
 */
export function chooseAgain(page: HostElement, part: HostElement): Patch[] {
  if (part.tag !== 'option' && part.tag !== 'optgroup') return [];
  const select = selectAround(page, part);
  const value = select?.attrs.value;
  return value === undefined
    ? []
    : [{ op: PatchOp.SetValue, hid: (select as HostElement).hid, value }];
}

function selectAround(
  element: HostElement,
  part: HostElement,
  within?: HostElement,
): HostElement | undefined {
  if (element === part) return within;
  const select = element.tag === 'select' ? element : within;
  for (const child of element.children) {
    const found = selectAround(child, part, select);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One comparison. */
class Differ {
  private readonly patches: Patch[] = [];
  /**
   * Patches that insert new nodes, and so give them HIDs. They come last, since a node may have
   * moved here from elsewhere in the previous tree.
   */
  private readonly placements: Array<() => void> = [];
  /** Selects whose value is set after their options. */
  private choices: Set<HostElement> | undefined;
  private readonly reused = new Map<HostElement, HostElement>();
  /**
   * Whether elements of the previous tree moved to another parent. Such elements cannot be reused.
   */
  private hasMoved = false;

  constructor(private readonly allocator: HidAllocator) {}

  run(previous: HostElement, next: HostElement): Difference {
    this.element(previous, next);
    for (const place of this.placements) place();
    for (const { hid, attrs } of this.choices ?? NO_ELEMENTS)
      this.patches.push({ op: PatchOp.SetValue, hid, value: attrs.value as string });
    return { patches: this.patches, reused: this.hasMoved ? NOTHING_REUSED : this.reused };
  }

  private element(previous: HostElement, next: HostElement): void {
    if (previous === next) return;
    if (!mayBecome(previous, next)) {
      this.replace(previous.hid, next);
      return;
    }
    if (previous.html !== next.html)
      throw new RawHtmlError(`<${next.tag}> changed its raw inner HTML`);
    next.hid = previous.hid;
    this.reused.set(next, previous);
    const { changes } = this;
    this.attributes(previous, next);
    this.children(previous, next);
    if (next.tag === 'select' && 'value' in next.attrs && this.changes !== changes)
      this.choose(next);
  }

  private get changes(): number {
    return this.patches.length + this.placements.length + (this.choices?.size ?? 0);
  }

  /** A select loses its choice when its options change. */
  private choose(select: HostElement): void {
    this.choices ??= new Set();
    this.choices.add(select);
  }

  private replace(hid: string, next: HostElement): void {
    this.placements.push(() => {
      this.name(next);
      this.patches.push({ op: PatchOp.ReplaceNode, hid, node: toWire(next) });
    });
  }

  private name(entering: HostElement): void {
    this.hasMoved ||= hasName(entering);
    assignHids(entering, this.allocator);
  }

  private attributes(previous: HostElement, next: HostElement): void {
    if (previous.attrs === next.attrs) return;
    const { changes } = this;
    let isSame = true;
    for (const key in next.attrs) {
      const value = next.attrs[key] as string;
      if (isSameAttribute(next, key, previous.attrs[key], value)) continue;
      if (key === 'value' && next.tag === 'select') this.choose(next);
      else this.patches.push(setAttribute(next, key, value));
    }
    for (const key in previous.attrs) {
      if (key in next.attrs) continue;
      isSame = false;
      const isOff = previous.attrs[key] === OFF && isState(next.tag, key);
      if (!isOff) this.patches.push(removeAttribute(next, key));
    }
    // Equal attributes stay the same object, so that the new one dies young.
    if (isSame && this.changes === changes) next.attrs = previous.attrs;
  }

  private children(previous: HostElement, next: HostElement): void {
    if (isInert(next.tag)) {
      for (const child of next.children) this.name(child);
      return;
    }
    if (next.children.length === 0) {
      if (previous.children.length === 0 && previous.text === next.text) next.text = previous.text;
      else this.patches.push({ op: PatchOp.SetText, hid: next.hid, value: next.text ?? '' });
    } else if (previous.text !== undefined) {
      this.patches.push({ op: PatchOp.SetText, hid: next.hid, value: '' });
      this.place(next.hid, [], next.children, NONE);
    } else if (previous.children !== next.children) {
      this.elements(previous, next);
    }
  }

  private elements(previous: HostElement, next: HostElement): void {
    const before = previous.children;
    const after = next.children;
    if (arePaired(previous, next)) {
      next.places = previous.places;
      for (let index = 0; index < after.length; index++)
        this.element(before[index] as HostElement, after[index] as HostElement);
      return;
    }
    const matched = match(previous, next);
    const kept = new Set(matched);
    for (const child of before) {
      if (!kept.has(child)) this.patches.push({ op: PatchOp.RemoveNode, hid: child.hid });
    }
    after.forEach((child, index) => {
      const counterpart = matched[index];
      if (counterpart !== undefined) this.element(counterpart, child);
    });
    this.place(
      next.hid,
      before.filter(child => kept.has(child)),
      after,
      matched,
    );
  }

  /**
   * Moves the children that stay and inserts new ones, from the last to the first, on a copy of the
   * live list of the browser.
   */
  private place(
    parent: string,
    live: readonly HostElement[],
    after: readonly HostElement[],
    matched: ReadonlyArray<HostElement | undefined>,
  ): void {
    const isNew = (index: number): boolean => matched[index] === undefined;
    const positions = new Map(live.map((child, index) => [child, index]));
    const order = matched.flatMap(child =>
      child === undefined ? [] : [positions.get(child) as number],
    );
    if (order.length === after.length && isSorted(order)) return;
    // In the live list, a child is its old node or, when it was inserted, its new one.
    const list = live.slice();
    const standIns = after.map((child, index) => matched[index] ?? child);
    this.placements.push(() => {
      const stable = new Set(
        longestIncreasingSubsequence(order).map(index => live[index] as HostElement),
      );
      let anchor: HostElement | undefined;
      for (let index = after.length - 1; index >= 0; index--) {
        const child = after[index] as HostElement;
        const standIn = standIns[index] as HostElement;
        const at = anchor === undefined ? list.length : list.indexOf(anchor);
        if (isNew(index)) {
          this.name(child);
          this.patches.push({
            op: PatchOp.InsertNode,
            hid: '',
            parent,
            index: at,
            node: toWire(child),
          });
          list.splice(at, 0, standIn);
        } else if (!stable.has(standIn)) {
          this.patches.push({ op: PatchOp.MoveNode, hid: child.hid, parent, index: at });
          list.splice(list.indexOf(standIn), 1);
          list.splice(anchor === undefined ? list.length : list.indexOf(anchor), 0, standIn);
        }
        anchor = standIn;
      }
    });
  }
}

const NONE: ReadonlyArray<undefined> = [];

/**
 * Whether an element of the previous tree may become `next`. An element that has an HID is in both
 * trees, since its component did not render again: it can only stay itself.
 */
function mayBecome(previous: HostElement, next: HostElement): boolean {
  return next.hid === '' && previous.tag === next.tag && isSameField(previous, next);
}

function hasName(element: HostElement): boolean {
  return element.hid !== '' || element.children.some(hasName);
}

/** The common case: the same children in the same places. */
function arePaired(previous: HostElement, next: HostElement): boolean {
  const before = previous.children;
  const after = next.children;
  if (before.length !== after.length) return false;
  if (!areSamePlaces(previous.places, next.places, after.length)) return false;
  for (let index = 0; index < after.length; index++) {
    const [old, child] = [before[index] as HostElement, after[index] as HostElement];
    if (old !== child && !mayBecome(old, child)) return false;
  }
  return true;
}

function isSorted(order: readonly number[]): boolean {
  return order.every((position, index) => index === 0 || (order[index - 1] as number) < position);
}

/**
 * Finds for each new child its counterpart among the old ones: itself, the element in its place, or
 * the field of its name, which may have moved in a list without keys. Each old child is used once.
 */
function match(previous: HostElement, next: HostElement): Array<HostElement | undefined> {
  const after = next.children;
  const free = new Set(previous.children);
  const byPlace = new Map<Place, HostElement>();
  for (const child of after) free.delete(child);
  previous.children.forEach((child, index) => {
    const place = placeAt(previous.places, index);
    if (free.has(child) && !byPlace.has(place)) byPlace.set(place, child);
  });
  const old = new Set(previous.children);
  const matched = after.map((child, index) => {
    if (child.hid !== '') return old.delete(child) ? child : undefined;
    const counterpart = byPlace.get(placeAt(next.places, index));
    if (counterpart === undefined || !mayBecome(counterpart, child) || !free.delete(counterpart))
      return undefined;
    return counterpart;
  });
  return matchFields(free, after, matched);
}

function matchFields(
  free: ReadonlySet<HostElement>,
  after: readonly HostElement[],
  matched: Array<HostElement | undefined>,
): Array<HostElement | undefined> {
  const fields = new Map<string, HostElement>();
  for (const child of free) {
    const name = fieldName(child);
    if (name !== undefined && !fields.has(name)) fields.set(name, child);
  }
  if (fields.size === 0) return matched;
  return matched.map((counterpart, index) => {
    const child = after[index] as HostElement;
    const name = counterpart === undefined && child.hid === '' ? fieldName(child) : undefined;
    if (name === undefined) return counterpart;
    const field = fields.get(name);
    fields.delete(name);
    return field;
  });
}

function setAttribute({ hid, tag }: HostElement, key: string, value: string): Patch {
  if (key === 'checked') return { op: PatchOp.SetChecked, hid, value: value !== OFF };
  if (key === 'selected') return { op: PatchOp.SetSelected, hid, value: value !== OFF };
  if (key === 'value' && FORM_VALUE.has(tag)) return { op: PatchOp.SetValue, hid, value };
  return { op: PatchOp.SetAttr, hid, key, value };
}

function removeAttribute({ hid, tag }: HostElement, key: string): Patch {
  if (key === 'checked') return { op: PatchOp.SetChecked, hid, value: false };
  if (key === 'selected') return { op: PatchOp.SetSelected, hid, value: false };
  if (key === 'value' && FORM_VALUE.has(tag)) return { op: PatchOp.SetValue, hid, value: '' };
  return { op: PatchOp.RemoveAttr, hid, key };
}
