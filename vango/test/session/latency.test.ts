import { expect } from 'chai';
import {
  type App,
  type AppOptions,
  type Ctx,
  createApp,
  effect,
  h,
  Session,
  signal,
  type UnitOfWork,
} from '../../src';
import { ControlType } from '../../src/protocol';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

const seconds = (from: number, to: number): number => (to - from) / 1000;

describe('the latency of an event', () => {
  let app: App;
  let recorded: ReturnType<typeof recording>;
  let page: LoadedPage;
  let client: WireClient;
  /** Lets the handlers that wait go on, the first one first. */
  let waiting: Array<() => void>;
  const release = (): void => waiting.shift()?.();
  const realNow = performance.now;

  beforeEach(async () => {
    recorded = recording();
    waiting = [];
    await serve();
  });
  afterEach(async () => {
    performance.now = realNow;
    await app.close();
  });

  async function serve(options: AppOptions = {}): Promise<void> {
    app = createApp({ logger: silentLogger(), ...options });
    app.setMetrics(recorded.metrics);
    app.page('/', Page).page('/other', () => h('p', null, 'other'));
    app.use(async (ctx, next) => {
      await next();
      if (ctx.event !== undefined && ctx.event.hid === page.hid('late')) await paused();
    });
    const { port } = await app.listen(0, '127.0.0.1');
    page = await loadPage(`http://127.0.0.1:${port}`, '/');
    client = await WireClient.connect(page.socketUrl);
    client.acknowledges = false;
  }

  const paused = (): Promise<void> => new Promise(resolve => waiting.push(resolve));

  function Page() {
    const count = signal(0);
    const twice = signal(0);
    const echo = signal(0);
    effect(() => {
      echo.value = twice.value;
    });
    const add = (): void => count.update(n => n + 1);
    const button = (id: string, onClick: (ctx: Ctx) => unknown) =>
      h('button', { id, onClick: onClick as () => void }, id);
    return h('main', null, [
      h('b', null, `${count.value} ${twice.value} ${echo.value}`),
      button('add', add),
      button('nothing', () => {}),
      button('slow', () => paused().then(add)),
      button('late', add),
      button('twice', () => twice.update(n => n + 1)),
      button('fail', () => {
        add();
        throw new Error('no');
      }),
    ]);
  }

  const click = (id: string): void => client.event('Click', page.hid(id));
  /** Clicks, and waits until its frame has come. */
  async function clicked(id: string): Promise<void> {
    const before = client.received;
    click(id);
    await client.until(() => client.received > before);
  }
  async function acknowledged(frame?: number): Promise<void> {
    client.acknowledge(frame);
    await client.settled();
  }
  async function redrawn(): Promise<void> {
    const [session] = app.sessions;
    session?.redraw('change');
    await client.until(() => client.controls.some(({ type }) => type === ControlType.ResyncFull));
  }
  const perceived = () => recorded.of('recordEventPerceived');
  const queued = () => recorded.of('recordEventQueue');
  /** Waits a little: what is measured is then more than the time of a few calls. */
  const passed = (milliseconds: number): Promise<void> =>
    new Promise(resolve => setTimeout(resolve, milliseconds));

  it('in its queue is that from its receipt until the events before it are handled', async () => {
    const start = performance.now();
    click('slow');
    click('add');
    await waitFor('the handler', () => waiting.length === 1);
    await client.settled();
    const received = performance.now();
    await passed(50);
    const released = performance.now();
    release();
    await client.until(() => client.patches.length === 2);
    const [[, first], [path, second]] = queued() as [[string, number], [string, number]];
    expect(path).to.equal('/');
    expect(first).to.be.within(0, seconds(start, received));
    expect(second).to.be.within(seconds(received, released), seconds(start, performance.now()));
  });

  it('as perceived is that from its receipt to the ack of its frame', async () => {
    const start = performance.now();
    await clicked('add');
    const shown = performance.now();
    expect(perceived()).to.deep.equal([]);
    await passed(50);
    const sent = performance.now();
    await acknowledged();
    const [[path, time]] = perceived() as [[string, number]];
    expect(path).to.equal('/');
    expect(time).to.be.within(seconds(shown, sent), seconds(start, performance.now()));
  });

  it('as perceived is of the last frame where an event wrote several', async () => {
    click('twice');
    await client.until(() => client.lastSeq === 2);
    await acknowledged(1);
    expect(perceived()).to.deep.equal([]);
    await acknowledged(2);
    expect(perceived()).to.have.length(1);
  });

  it('as perceived ends with the ack, also if middleware takes longer', async () => {
    const start = performance.now();
    await clicked('late');
    await acknowledged();
    const shown = performance.now();
    expect(perceived()).to.deep.equal([]);
    await passed(50);
    release();
    await waitFor('the report', () => perceived().length === 1);
    expect(perceived()[0]?.[1]).to.be.within(0, seconds(start, shown));
  });

  it('as perceived has the route at which the event began', async () => {
    client.event('Navigate', 'nav', { path: '/other', replace: false });
    await client.until(() => client.patches.length > 0);
    await acknowledged();
    expect(perceived().map(([path]) => path)).to.deep.equal(['/other']);
    expect(queued().map(([path]) => path)).to.deep.equal(['/other']);
  });

  it('as perceived is told of events that failed after they changed the page', async () => {
    click('fail');
    await client.until(() => client.patches.length === 1 && client.errors.length === 1);
    await acknowledged();
    expect(perceived()).to.have.length(1);
  });

  it('as perceived is not told of events that change nothing', async () => {
    click('nothing');
    await client.settled();
    await clicked('add');
    await acknowledged();
    expect(queued()).to.have.length(2);
    expect(perceived()).to.have.length(1);
  });

  it('as perceived is told once for each of the events that one ack covers', async () => {
    for (let i = 0; i < 3; i++) await clicked('add');
    await acknowledged(3);
    await acknowledged(3);
    await acknowledged(2);
    expect(perceived()).to.have.length(3);
  });

  it('as perceived is not told for an ack of a frame that was not sent', async () => {
    await clicked('add');
    await acknowledged(2);
    await acknowledged(0xffff);
    expect(perceived()).to.deep.equal([]);
  });

  it('as perceived is not told for acks of before a redraw that come after it', async () => {
    for (let i = 0; i < 3; i++) await clicked('add');
    await redrawn();
    for (let i = 0; i < 3; i++) await clicked('add');
    for (const old of [1, 2, 3]) await acknowledged(old);
    expect(perceived()).to.deep.equal([]);
    await acknowledged(1);
    await clicked('add');
    await acknowledged(4);
    expect(perceived()).to.have.length(1);
  });

  it('as perceived is told after a redraw whose earlier frames were all acknowledged', async () => {
    for (let i = 0; i < 3; i++) await clicked('add');
    await acknowledged();
    await redrawn();
    await clicked('add');
    await acknowledged(1);
    expect(perceived()).to.have.length(4);
  });

  it('as perceived is forgotten when the socket is lost', async () => {
    await clicked('add');
    const { hello, lastSeq } = client;
    client.drop();
    await waitFor('the detach', () => app.sessions.counts().detached === 1);
    client = await WireClient.connect(page.socketUrl, { sessionId: hello?.sessionId, lastSeq });
    await client.settled();
    expect(recorded.of('recordResumeSuccess')).to.have.length(1);
    expect(perceived()).to.deep.equal([]);
  });

  it('as perceived is forgotten after 30 s', async () => {
    const [session] = app.sessions;
    await clicked('add');
    performance.now = () => realNow.call(performance) + 29_000;
    app.sessions.reap();
    await acknowledged();
    expect(perceived()).to.have.length(1);
    performance.now = realNow;
    await clicked('add');
    performance.now = () => realNow.call(performance) + 31_000;
    await acknowledged();
    expect(perceived()).to.have.length(1);
    performance.now = realNow;
    await clicked('add');
    expect(session?.channel.acknowledgements.count).to.equal(1);
    performance.now = () => realNow.call(performance) + 31_000;
    app.sessions.reap();
    expect(session?.channel.acknowledgements.count).to.equal(0);
  });

  it('as perceived is of the last 100 events of a browser that sends no acks', async () => {
    for (let i = 0; i < 120; i++) click('add');
    await client.until(() => client.lastSeq === 120);
    const [session] = app.sessions;
    expect(session?.channel.acknowledgements.count).to.equal(100);
    await acknowledged();
    expect(perceived()).to.have.length(100);
    expect(session?.channel.acknowledgements.count).to.equal(0);
  });

  it('of a render is told once for each event that changed something', async () => {
    await clicked('add');
    click('twice');
    await client.until(() => client.lastSeq === 3);
    click('nothing');
    await client.settled();
    const renders = recorded.of('recordRenderDuration') as Array<[string, number]>;
    expect(renders.map(([route]) => route)).to.deep.equal(['/', '/']);
    for (const [, time] of renders) expect(time).to.be.within(1e-6, 5);
  });

  it('is the sum of its parts', async () => {
    const units: UnitOfWork[] = [];
    const { eventShown } = Session.prototype;
    Session.prototype.eventShown = function (unit) {
      units.push(unit);
      eventShown.call(this, unit);
    };
    try {
      await waitFor('a round trip', () => recorded.of('recordRoundTrip').length > 0);
      click('slow');
      click('add');
      await waitFor('the handler', () => waiting.length === 1);
      await passed(20);
      release();
      await client.until(() => client.lastSeq === 2);
      await passed(20);
      await acknowledged();
      await waitFor('both', () => units.length === 2);
      for (const unit of units) {
        const { queueTime = 0, handlingTime, networkTime = 0, browserTime, perceivedTime } = unit;
        expect(queueTime + handlingTime + networkTime + browserTime).to.be.closeTo(
          perceivedTime,
          1e-9,
        );
        expect(networkTime).to.equal(recorded.of('recordRoundTrip')[0]?.[0]);
        // The round trip was another one.
        expect(browserTime + networkTime).to.be.within(0.015, 1);
        expect(unit.renderTime).to.be.within(1e-6, handlingTime);
      }
      expect(units[0]?.handlingTime).to.be.above(0.015);
      expect(units[1]?.queueTime).to.be.above(0.015);
    } finally {
      Session.prototype.eventShown = eventShown;
    }
  });
});
