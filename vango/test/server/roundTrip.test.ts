import { expect } from 'chai';
import type WebSocket from 'ws';
import { type App, createApp, h } from '../../src';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

describe('the round trip to a browser', () => {
  let app: App;
  let recorded: ReturnType<typeof recording>;
  let client: WireClient;
  const realNow = performance.now;

  async function connect(options: WebSocket.ClientOptions = {}): Promise<void> {
    const { port } = await app.listen(0, '127.0.0.1');
    const { socketUrl } = await loadPage(`http://127.0.0.1:${port}`, '/');
    client = await WireClient.open(socketUrl, {}, options);
    client.socket.on('ping', data => pings.push(data));
    client.greet();
    await waitFor('a ping', () => pings.length === 1);
  }
  let pings: Buffer[];
  const told = (): unknown[] => recorded.of('recordRoundTrip').map(([time]) => time);

  beforeEach(() => {
    pings = [];
    recorded = recording();
    app = createApp({ logger: silentLogger() });
    app.setMetrics(recorded.metrics);
    app.page('/', () => h('p', null, 'hello'));
  });
  afterEach(async () => {
    performance.now = realNow;
    await app.close();
  });

  it('is measured once after the hello, and known to the session', async () => {
    const start = performance.now();
    await connect();
    await waitFor('the round trip', () => told().length === 1);
    const [session] = app.sessions;
    expect(told()).to.deep.equal([session?.channel.current?.roundTrip]);
    expect(told()[0]).to.be.within(0, (performance.now() - start) / 1000);
    await client.settled();
    expect(pings).to.have.length(1);
  });

  it('is measured again with a message that comes 25 s later', async () => {
    await connect();
    await waitFor('the round trip', () => told().length === 1);
    performance.now = () => realNow.call(performance) + 24_000;
    await client.settled();
    expect(pings).to.have.length(1);
    performance.now = () => realNow.call(performance) + 26_000;
    await client.settled();
    await client.settled();
    await waitFor('the second round trip', () => told().length === 2);
    expect(pings).to.have.length(2);
    expect(told()[1]).to.be.within(0, 5);
  });

  it('is not what pongs say that are early, repeated or of another ping', async () => {
    await connect({ autoPong: false });
    const [ping] = pings;
    for (const data of [Buffer.alloc(0), Buffer.of(0), Buffer.of(77), Buffer.of(1, 1)])
      client.socket.pong(data);
    await client.settled();
    expect(told()).to.deep.equal([]);
    for (let i = 0; i < 3; i++) client.socket.pong(ping);
    await client.settled();
    expect(told()).to.have.length(1);
  });

  it('is not measured where the browser does not answer, until the next ping', async () => {
    await connect({ autoPong: false });
    performance.now = () => realNow.call(performance) + 26_000;
    await client.settled();
    await waitFor('another ping', () => pings.length === 2);
    client.socket.pong(pings[0]);
    await client.settled();
    expect(told()).to.deep.equal([]);
    client.socket.pong(pings[1]);
    await client.settled();
    expect(told()).to.have.length(1);
    expect(told()[0]).to.be.within(0, 5);
  });
});
