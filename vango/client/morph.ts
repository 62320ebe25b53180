import { morph } from 'morphlex';
import { page, plain } from './dom';
import type * as drafts from './drafts';
import type { Hooks } from './hooks';
import { Identities } from './identities';
import type { LocalChanges } from './localChanges';

/** Finds the element that replaced an element of the earlier page. */
export type Successors = (element: Element) => Element | undefined;

/** Prefix for names of fields that would clobber properties of their form. */
const PREFIX = 'vango:';

/**
 * Changes the page into new content, with as few changes of the DOM as possible.
 *
 * Elements that stay keep what the user did to them. This module is a script of its own, because
 * most pages never need it and its library is a sixth of the client.
 *
 * @param content - The new content of the body.
 * @param hidsMatch - Whether the same hydration ID (HID) means the same element in both.
 * @param changes - Changes of the page that are kept.
 * @param hooks - Hooks of the page's elements.
 * @param known - The states of controls that the server knows.
 */
export function morphBody(
  content: DocumentFragment,
  hidsMatch: boolean,
  changes: LocalChanges,
  hooks: Hooks,
  known: typeof drafts,
): Successors {
  const { body } = page;
  const wanted = body.cloneNode(false) as HTMLElement;
  wanted.append(content);
  const identities = new Identities(body, wanted, hidsMatch, known);
  const keeping = new Set<Node>();
  const reveal = hideNames(body, wanted);
  morph(body, wanted, {
    preserveChanges: true,
    beforeNodeVisited: (from, to) => {
      if (!(from instanceof Element && to instanceof Element)) return true;
      if (from.getAttribute('data-hook') !== to.getAttribute('data-hook')) hooks.destroy(from);
      if (changes.isEdited(from) && identities.areSame(from, to)) keeping.add(from);
      return true;
    },
    beforeChildrenVisited: parent => !keeping.has(parent),
    beforeAttributeUpdated: (element, name, value) => !changes.overrides(element, name, value),
    afterAttributeUpdated: element => hooks.updated(element),
    afterNodeRemoved: node => {
      if (node instanceof Element) hooks.destroy(node);
    },
  });
  reveal();
  return identities.restore();
}

/**
 * Renames fields that would clobber a property of their form.
 *
 * @returns A function that restores the names.
 */
function hideNames(...roots: Element[]): () => void {
  const hidden: Array<[Element, attribute: string]> = [];
  for (const root of roots) {
    for (const element of root.querySelectorAll('form [name],form [id]')) {
      for (const attribute of ['name', 'id']) {
        const name = plain(element).getAttribute(attribute);
        if (name === null || !(name in HTMLFormElement.prototype)) continue;
        element.setAttribute(attribute, PREFIX + name);
        hidden.push([element, attribute]);
      }
    }
  }
  return () => {
    for (const [element, attribute] of hidden)
      element.setAttribute(attribute, (element.getAttribute(attribute) ?? '').slice(PREFIX.length));
  };
}
