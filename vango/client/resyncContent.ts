import type { Patch } from '../src/protocol';
import { Hooks } from './hooks';
import { NodeMap } from './nodes';
import { Patcher } from './patches';
import { Unanswered } from './unanswered';

/** Marks an element whose content follows in patches (docs/protocol.md, section 11.4). */
const PARTIAL = '[data-vango-part]';

/** The content of a full resync, which can arrive in several frames. */
export class ResyncContent {
  readonly fragment: DocumentFragment;
  private patcher: Patcher | undefined;

  constructor(html: string) {
    const template = document.createElement('template');
    template.innerHTML = html;
    this.fragment = template.content;
  }

  /** Whether all frames have arrived. */
  get isComplete(): boolean {
    return this.fragment.querySelector(PARTIAL) === null;
  }

  /** Applies patches to the content before it is shown. */
  apply(patches: Patch[]): void {
    if (this.patcher === undefined) {
      const nodes = new NodeMap();
      nodes.add(this.fragment);
      this.patcher = new Patcher(nodes, undefined, new Hooks(() => {}), new Unanswered());
    }
    this.patcher.apply(patches);
  }
}
