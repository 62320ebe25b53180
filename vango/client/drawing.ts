import type { Patch } from '../src/protocol';
import { Hooks } from './hooks';
import { NodeMap } from './nodes';
import { Patcher } from './patches';
import { Unanswered } from './unanswered';

/** On an element whose content follows in patches. */
const PARTIAL = '[data-vango-part]';

/** What the page is to become, while it comes in. */
export class Drawing {
  readonly content: DocumentFragment;
  private patcher: Patcher | undefined;

  constructor(html: string) {
    const template = document.createElement('template');
    template.innerHTML = html;
    this.content = template.content;
  }

  get isComplete(): boolean {
    return this.content.querySelector(PARTIAL) === null;
  }

  apply(patches: Patch[]): void {
    if (this.patcher === undefined) {
      const nodes = new NodeMap();
      nodes.add(this.content);
      this.patcher = new Patcher(nodes, undefined, new Hooks(() => {}), new Unanswered());
    }
    this.patcher.apply(patches);
  }
}
