import { morph } from 'morphlex';
import type { OwnChanges } from './changes';
import { page, plain } from './dom';
import type * as drafts from './drafts';
import { Identities } from './fields';
import type { Hooks } from './hooks';

/** What stands for an element of before in a page that was drawn anew. */
export type Successors = (element: Element) => Element | undefined;

/** Before names that would hide what forms are read by. */
const PREFIX = 'vango:';

/**
 * Makes the page what the server shows, and changes nothing else: elements stay, with what the user did to them. This is a script of its own: most pages are never drawn
 * anew, and the library that does it is a sixth of the client.
 * @param namesHold whether elements of page and server that have the same HID are the same
 * @param known what the server knows of controls
 */
export function morphBody(
  content: DocumentFragment,
  namesHold: boolean,
  changes: OwnChanges,
  hooks: Hooks,
  known: typeof drafts,
): Successors {
  const { body } = page;
  const wanted = body.cloneNode(false) as HTMLElement;
  wanted.append(content);
  const identities = new Identities(body, wanted, namesHold, known);
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
    beforeAttributeUpdated: (element, name, value) => !changes.holds(element, name, value),
    afterAttributeUpdated: element => hooks.updated(element),
    afterNodeRemoved: node => {
      if (node instanceof Element) hooks.destroy(node);
    },
  });
  reveal();
  return identities.restore();
}

/** Gives fields that are called like a property of forms other names. @returns takes that back */
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
