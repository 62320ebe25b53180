import { expect } from 'chai';
import { ControlType, HelloStatus } from '../../vango/src/protocol';
import type { WireNode } from '../../vango/src/protocol/vnode';
import { random } from '../../vango/test/support/random';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { add, type Counts } from './counts';

const SEED = 20;
/** One event in so many fails. */
export const FAILS = 20;

const ROUTES = ['/counters/:id', '/notes/:id'] as const;
type Route = (typeof ROUTES)[number];
const TYPE_OF = {
  add: 'Click',
  later: 'Click',
  text: 'Input',
  fail: 'Click',
  reject: 'Click',
} as const;
type Target = keyof typeof TYPE_OF;
/** What each failing handler's error is. */
const ERROR_OF: Partial<Record<Target, string>> = { fail: 'timeout', reject: 'internal' };

/** What clients have done, and what they were told. */
export class Model {
  /** By type, route and status. */
  readonly events: Counts = {};
  /** By route and type of error. */
  readonly errors: Counts = {};
  patches = 0;
  errorFrames = 0;
  resumes = 0;
}

/** One browser tab on the counting fixture, through all of its connections. */
export class Visitor {
  private client!: WireClient;
  private url = '';
  /** HIDs by element id. */
  private readonly hids = new Map<string, string>();
  private readonly next: () => number;
  /** Events sent, in all and on this connection. */
  private total = 0;
  private sent = 0;
  /** Patches and error frames on this connection that the model knows of. */
  private patches = 0;
  private errors = 0;

  private constructor(
    private readonly model: Model,
    private readonly index: number,
    private route: Route,
  ) {
    this.next = random(SEED + index);
  }

  static async open(origin: string, index: number, model: Model): Promise<Visitor> {
    const visitor = new Visitor(model, index, ROUTES[index % ROUTES.length] as Route);
    const page = await loadPage(origin, visitor.path);
    visitor.url = page.socketUrl;
    visitor.learn(page.html);
    visitor.client = await WireClient.connect(page.socketUrl);
    expect(visitor.client.hello?.status).to.equal(HelloStatus.OK);
    return visitor;
  }

  /**
   * Sends events, a few at a time, and waits for all answers. Loses its socket at random, and
   * resumes.
   */
  async work(events: number): Promise<void> {
    for (const until = this.total + events; this.total < until; ) {
      if (this.next() < 0.03 && !this.isFailureDue) this.navigate();
      else {
        const burst = Math.min(1 + Math.floor(this.next() * 5), until - this.total);
        for (let i = 0; i < burst; i++) this.act();
      }
      await this.answered();
      if (this.next() < 0.02) {
        this.drop();
        await this.comeBack();
      }
    }
  }

  /** Sends events and loses its socket, now or after the first answer; comes back. */
  async workInVain(events: number): Promise<void> {
    for (let i = 0; i < events; i++) this.act();
    const { patches, errors } = this.client;
    if (this.next() < 0.5) await this.client.until(() => patches.length + errors.length > 0);
    this.drop();
    await this.comeBack();
  }

  /** Loses its socket as with a network that is gone. */
  drop(): void {
    this.client.drop();
  }

  async comeBack(): Promise<void> {
    const sessionId = this.client.hello?.sessionId as string;
    const client = await WireClient.connect(this.url, { sessionId, lastSeq: this.client.lastSeq });
    expect(client.hello).to.deep.include({ status: HelloStatus.OK, sessionId });
    await client.until(() => client.controls.length === 1);
    const [control] = client.controls;
    if (control?.type !== ControlType.ResyncFull)
      throw new Error(`no page, but ${JSON.stringify(control)}`);
    this.learn(control.html);
    this.client = client;
    this.sent = 0;
    this.patches = 0;
    this.errors = 0;
    this.model.resumes++;
  }

  private get path(): string {
    return this.route.replace(':id', `${this.index}`);
  }

  private get isFailureDue(): boolean {
    return this.total % FAILS === FAILS - 1;
  }

  private choose(): Target {
    const choice = this.next();
    if (this.isFailureDue) return choice < 0.5 ? 'fail' : 'reject';
    if (choice < 0.6) return 'add';
    return choice < 0.75 ? 'later' : 'text';
  }

  private act(): void {
    const target = this.choose();
    const type = TYPE_OF[target];
    this.client.event(
      type,
      this.hids.get(target) as string,
      type === 'Input' ? `${this.total}` : undefined,
    );
    this.account(type, ERROR_OF[target]);
  }

  private navigate(): void {
    this.route = ROUTES[1 - ROUTES.indexOf(this.route)] as Route;
    this.client.event('Navigate', 'nav', { path: this.path, replace: false });
    this.account('Navigate', undefined);
  }

  private account(type: string, errorType: string | undefined): void {
    this.sent++;
    this.total++;
    add(
      this.model.events,
      `${type} ${this.route} ${errorType === undefined ? 'success' : 'error'}`,
    );
    if (errorType !== undefined) add(this.model.errors, `${this.route} ${errorType}`);
  }

  /** Each event has one frame for an answer: patches or an error. */
  private async answered(): Promise<void> {
    const { patches, errors } = this.client;
    await this.client.until(() => this.client.lastSeq + errors.length === this.sent);
    for (const patch of patches.slice(this.patches))
      if ('node' in patch) this.learnNode(patch.node);
    this.model.patches += patches.length - this.patches;
    this.model.errorFrames += errors.length - this.errors;
    this.patches = patches.length;
    this.errors = errors.length;
  }

  private learn(html: string): void {
    for (const [, id, hid] of html.matchAll(/<[^>]* id="(\w+)"[^>]* data-hid="(h\d+)"/g))
      this.hids.set(id as string, hid as string);
  }

  private learnNode(node: WireNode): void {
    if (node.kind === 'text') return;
    if (node.kind === 'element') {
      const [, id] = node.attrs.find(([name]) => name === 'id') ?? [];
      if (id !== undefined) this.hids.set(id, node.hid);
    }
    for (const child of node.children) this.learnNode(child);
  }
}
