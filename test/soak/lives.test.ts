import { expect } from 'chai';
import { VangoInstrumentation } from '../../src';
import { processState } from '../../src/processState';
import { type App, createApp, h } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { random } from '../../vango/test/support/random';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { TestMetrics } from '../integration/support';
import { add, type Counts, counted, sum } from '../support/counts';

const LIVES = 2000;
const SEED = 17;
/** Sessions at once, few enough that some hellos are refused. */
const LIMIT = 40;
const EVENTS_WAITING = 3;

/** One session, as its client knows it. */
interface Life {
  readonly id: string;
  client: WireClient | undefined;
  running: number;
  waiting: number;
}

/** Clients at random, and what the metrics must be after what they did. */
class Model {
  readonly connects: Counts = {};
  readonly ends: Counts = {};
  readonly created: Counts = {};
  /** Sessions with and without a browser. */
  readonly lives = new Map<string, Life>();
  private readonly next = random(SEED);

  constructor(
    private readonly app: App,
    private readonly url: string,
    private readonly hang: string,
  ) {}

  get opened(): number {
    return sum(this.created);
  }

  get active(): number {
    return [...this.lives.values()].filter(({ client }) => client !== undefined).length;
  }

  inFlight(state: 'running' | 'waiting'): number {
    return [...this.lives.values()].reduce((total, life) => total + life[state], 0);
  }

  async step(): Promise<void> {
    const choice = this.next();
    const life = [...this.lives.values()][Math.floor(this.next() * this.lives.size)];
    if (life === undefined || choice < 0.5) return this.open();
    if (choice < 0.6) return life.client === undefined ? this.resume(life) : this.lose(life);
    if (choice < 0.7) return this.resumeNothing();
    if (choice < 0.8 && life.client !== undefined) return this.click(life, life.client);
    this.end(life, choice < 0.9);
  }

  private async open(): Promise<void> {
    const client = await WireClient.connect(this.url);
    const isFull = this.lives.size === LIMIT;
    add(this.connects, `new ${isFull ? 'server_busy' : 'ok'}`);
    if (isFull) return;
    add(this.created, 'new');
    const id = client.hello?.sessionId as string;
    this.lives.set(id, { id, client, running: 0, waiting: 0 });
  }

  private async resume(life: Life): Promise<void> {
    life.client = await WireClient.connect(this.url, { sessionId: life.id });
    add(this.connects, 'resume ok');
  }

  private async resumeNothing(): Promise<void> {
    await WireClient.connect(this.url, { sessionId: 'f'.repeat(32) });
    add(this.connects, 'resume session_expired');
  }

  private async lose(life: Life): Promise<void> {
    life.client?.drop();
    life.client = undefined;
    await waitFor('the detach', () => this.app.sessions.get(life.id)?.state === 'detached');
  }

  /** A click whose handler never settles: the first runs, the others wait or are refused. */
  private async click(life: Life, client: WireClient): Promise<void> {
    const { errors } = client;
    const before = errors.length;
    client.event('Click', this.hang);
    if (life.running === 0) life.running = 1;
    else if (life.waiting < EVENTS_WAITING) life.waiting++;
    else await client.until(() => errors.length > before);
    const { running, waiting } = life;
    await waitFor('the click', () => {
      const session = this.app.sessions.get(life.id);
      return session?.isHandling === running > 0 && session.waitingEvents === waiting;
    });
  }

  private end({ id }: Life, isEvicted: boolean): void {
    const session = this.app.sessions.get(id);
    if (session === undefined) throw new Error(`session ${id} is gone`);
    if (isEvicted) this.app.sessions.evict(session, 'by chance');
    else this.app.sessions.remove(session);
    this.lives.delete(id);
    add(this.ends, isEvicted ? 'evicted' : 'closed');
  }
}

describe('metrics of sessions', () => {
  it(`are those of a model, over ${LIVES} lives`, async function () {
    this.timeout(240_000);
    processState().recorder = undefined;
    const metrics = new TestMetrics();
    const instrumentation = new VangoInstrumentation();
    instrumentation.setMeterProvider(metrics.provider);
    const app = createApp({
      logger: silentLogger(),
      limits: { maxSessions: LIMIT, maxSessionsPerIp: 2 * LIMIT, eventQueue: EVENTS_WAITING },
    });
    app.page('/', () =>
      h('button', { id: 'hang', onClick: () => new Promise<void>(() => {}) }, 'hang'),
    );
    try {
      const { port } = await app.listen(0, '127.0.0.1');
      const page = await loadPage(`http://127.0.0.1:${port}`, '/');
      const url = `ws://127.0.0.1:${port}/_vango/live?path=/`;
      const model = new Model(app, url, page.hid('hang'));
      for (let step = 0; model.opened < LIVES; step++) {
        await model.step();
        if (step % 20 > 0) continue;
        const scraped = await metrics.scrape();
        const one = (name: string, labels = {}): number | undefined => scraped.value(name, labels);
        expect(one('vango_sessions_active')).to.equal(model.active);
        expect(one('vango_sessions_detached')).to.equal(model.lives.size - model.active);
        for (const state of ['running', 'waiting'] as const)
          expect(one('vango_events_in_flight', { state }), state).to.equal(model.inFlight(state));
        expect(one('vango_session_limit', { limit: 'max' })).to.equal(LIMIT);
        expect(counted(scraped, 'vango_connects_total', 'kind', 'status')).to.deep.equal(
          model.connects,
        );
        expect(counted(scraped, 'vango_sessions_created_total', 'origin')).to.deep.equal(
          model.created,
        );
        expect(counted(scraped, 'vango_session_duration_seconds_count', 'end')).to.deep.equal(
          model.ends,
        );
      }
      expect(model.opened - sum(model.ends)).to.equal(model.lives.size);
    } finally {
      await app.close();
      instrumentation.disable();
      processState().recorder = undefined;
    }
  });
});
