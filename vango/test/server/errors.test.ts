import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { expect } from 'chai';
import { type App, createApp, h, signal, ValidationError } from '../../src';
import { ErrorCode } from '../../src/protocol';
import { loadPage, WireClient } from '../support/wireClient';

describe('an error', () => {
  let app: App;
  let origin: string;
  const logged: string[] = [];

  function Page() {
    const count = signal(0);
    const fail = (): never => {
      throw new ValidationError('é'.repeat(70_000));
    };
    return h(
      'main',
      null,
      h('button', { id: 'add', onClick: () => count.update(n => n + 1) }, `${count.value}`),
      h('button', { id: 'fail', onClick: fail }, 'fail'),
    );
  }

  before(async () => {
    const logger = { error: (message: string) => void logged.push(message), warn() {}, info() {} };
    app = createApp({ logger }).page('/', Page);
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
  });
  after(() => app.close());

  it('whose message would fill more than a frame is told in part, and the session goes on', async () => {
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    client.event('Click', page.hid('fail'));
    client.event('Click', 'h'.repeat(65_500));
    client.event('Navigate', 'nav', { path: `/${'ü'.repeat(30_000)}`, replace: false });
    await client.until(() => client.errors.length === 3);
    expect(client.errors.map(({ code }) => code)).to.deep.equal([
      ErrorCode.Validation,
      ErrorCode.HandlerNotFound,
      ErrorCode.NotFound,
    ]);
    for (const { message } of client.errors) expect(message.length).to.equal(1000);
    expect(client.errors[1]?.message).to.match(/^No handler for click on hhh/);
    await client.click(page.hid('add'));
    expect(client.patches.at(-1)).to.deep.include({ value: '1' });
    await client.close();
  });

  it('of the listening socket is logged, and the app goes on', async () => {
    let server: Server | undefined;
    const take = (message: unknown): void => {
      server = (message as { server: Server }).server;
    };
    subscribe('http.server.request.start', take);
    await fetch(origin);
    unsubscribe('http.server.request.start', take);
    server?.emit('error', new Error('accept ENOBUFS'));
    expect(logged).to.include('The server cannot take a connection');
    expect((await fetch(origin)).status).to.equal(200);
  });
});
