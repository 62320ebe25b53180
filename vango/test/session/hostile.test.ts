import { expect } from 'chai';
import fc from 'fast-check';
import {
  type ClientEvent,
  ErrorCode,
  encodeClientHello,
  encodeEvent,
  encodeFrame,
  FrameType,
  HelloStatus,
} from '../../src/protocol';
import { Attacker } from '../support/attacker';
import { CounterServer } from '../support/counterServer';
import { message } from '../support/rawWebSocket';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

const MEGABYTE = 1024 * 1024;

describe('a hostile client', function () {
  this.timeout(60_000);
  let server: CounterServer;
  let page: LoadedPage;
  let bystander: WireClient;
  let clicks = 0;

  before(async () => {
    server = await CounterServer.start();
    page = await loadPage(server.origin, '/');
    bystander = await WireClient.connect(page.socketUrl);
  });
  after(() => server?.stop());
  /** Whatever was tried: the next click of another session is answered as ever. */
  afterEach(async () => {
    await bystander.click(page.hid('add'));
    expect(bystander.patches.at(-1)).to.deep.include({ value: String(++clicks) });
    expect(bystander.errors).to.deep.equal([]);
  });

  const hello = (change: Partial<Parameters<typeof encodeClientHello>[0]> = {}): Uint8Array =>
    encodeClientHello({
      ...{ major: 2, minor: 0, csrf: '', sessionId: '', lastSeq: 0 },
      ...{ viewportWidth: 1, viewportHeight: 1, timezoneOffset: 0 },
      ...change,
    });

  /** The answer to a first frame: the status of the hello and the close code. */
  async function answerTo(
    first: Uint8Array,
  ): Promise<[status: number | undefined, code: number | undefined]> {
    const client = await WireClient.open(page.socketUrl);
    client.sendRaw(first);
    await client.until(
      () => client.hello?.status === HelloStatus.OK || client.closed !== undefined,
    );
    if (client.closed === undefined) client.drop();
    return [client.hello?.status, client.closed?.code];
  }

  it('gets an error and is closed for each kind of malformed hello', async () => {
    const whole = hello({ csrf: 'token', sessionId: 'a'.repeat(32) });
    const cut = Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length));
    const wrong = [
      ...cut.map(payload => encodeFrame(FrameType.Handshake, payload)),
      ...[
        FrameType.Event,
        FrameType.Patches,
        FrameType.Control,
        FrameType.Ack,
        FrameType.Error,
      ].map(type => encodeFrame(type, whole)),
      // A string whose length field exceeds the rest of the message.
      encodeFrame(FrameType.Handshake, new Uint8Array([2, 0, 0xff, 0xff, 0xff, 0xff, 0x0f])),
    ];
    for (const first of wrong) {
      expect(await answerTo(first), Buffer.from(first).toString('hex')).to.deep.equal([
        HelloStatus.InvalidFormat,
        1000,
      ]);
    }
  });

  it('gets a session or an error for any hello, and leaves no memory behind', async () => {
    const { heap } = await server.usage();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async payload => {
        const [status] = await answerTo(encodeFrame(FrameType.Handshake, payload));
        expect(status).to.be.oneOf([
          HelloStatus.InvalidFormat,
          HelloStatus.OK,
          HelloStatus.SessionExpired,
        ]);
      }),
      { numRuns: 500, seed: 7 },
    );
    expect((await server.usage()).heap - heap).to.be.below(4 * MEGABYTE);
  });

  it('gets no session of others with invented session ids', async () => {
    const mine = bystander.hello?.sessionId ?? '';
    const forged = [
      ...['../../etc/passwd', '\0', '__proto__', 'constructor', '%00', 'x'.repeat(60_000)],
      ...[mine.slice(1), `${mine} `, mine.toUpperCase().replace(/^./, '0'), '0'.repeat(32)],
      ...Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(32, 'e')),
    ];
    const before = await server.usage();
    for (const sessionId of forged) {
      const client = await WireClient.connect(page.socketUrl, { sessionId });
      // The page was connected before, so it must reload; it gets no session.
      expect([client.hello?.status, client.hello?.sessionId]).to.deep.equal([
        HelloStatus.SessionExpired,
        '',
      ]);
      expect(client.closed === undefined || client.closed.code === 1000).to.equal(true);
    }
    const after = await server.usage();
    expect([after.active, after.detached]).to.deep.equal([before.active, before.detached]);
  });

  it('cannot repeat an event with its sequence number, and gets an error', async () => {
    const client = await WireClient.connect(page.socketUrl);
    const click = (seq: number): void =>
      client.sendRaw(
        encodeFrame(
          FrameType.Event,
          encodeEvent({ seq, type: 'Click', hid: page.hid('add'), data: undefined } as ClientEvent),
        ),
      );
    for (const seq of [1, 2, 2, 1, 5, 3, 6]) click(seq);
    await client.until(() => client.patches.length === 4 && client.errors.length === 3);
    expect(client.patches.map(patch => (patch as { value?: string }).value)).to.deep.equal([
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(client.errors.map(({ code }) => code)).to.deep.equal(
      Array(3).fill(ErrorCode.InvalidEvent),
    );
    client.drop();
  });

  it('is closed with its own code for a message that is too large, for any length field', async () => {
    for (const bytes of [70_000, 1_000_000]) {
      const client = await WireClient.connect(page.socketUrl);
      const frame = new Uint8Array(bytes);
      frame.set([FrameType.Event, 0, 0x11, 0x78]);
      client.sendRaw(frame);
      await client.until(() => client.closed !== undefined);
      expect(client.closed?.code).to.equal(1009);
    }
  });

  it('is disconnected in time if it sends nothing or only part of a request or hello', async () => {
    const silent = await Promise.all(
      Array.from({ length: 150 }, async (_, i) => {
        if (i % 3 === 0) {
          const attacker = await Attacker.connect(server.origin);
          attacker.socket.write('GET /_vango/live HTTP/1.1\r\nHost: localhost\r\nX-A: ');
          return attacker;
        }
        const attacker = await Attacker.upgrade(page.socketUrl);
        if (i % 3 === 1)
          attacker.socket.write(message(encodeFrame(FrameType.Handshake, hello())).subarray(0, 9));
        return attacker;
      }),
    );
    // A byte now and then keeps no socket open: a byte of a header here, of a hello there.
    const dripping = silent.filter((_, i) => i < 30 && i % 3 !== 2);
    const drip = setInterval(() => {
      for (const { socket } of dripping) if (socket.writable) socket.write('a');
    }, 500);
    await bystander.click(page.hid('add'));
    clicks++;
    // 5 s for headers, looked at each second; 2 s for the hello in this app.
    await waitFor('the end of all', () => silent.every(({ isClosed }) => isClosed), 12_000);
    clearInterval(drip);
    expect(server.output.match(/error timeout/g)?.length).to.equal(100);
  });

  it('gets an answer to each of 10,000 events at once, which leave no memory behind', async () => {
    const events = (type: ClientEvent['type'], hid: string, data?: unknown): Buffer =>
      Buffer.concat(
        Array.from({ length: 10_000 }, (_, i) =>
          message(
            encodeFrame(
              FrameType.Event,
              encodeEvent({ seq: i + 1, type, hid, data } as ClientEvent),
            ),
          ),
        ),
      );
    const { heap } = await server.usage();
    for (const burst of [
      events('Click', 'h999'),
      events('Click', page.hid('add')),
      events('Click', page.hid('slow')),
      events('Input', page.hid('text'), 'x'),
    ]) {
      const attacker = await Attacker.greet(page.socketUrl);
      const ping = message(encodeFrame(FrameType.Control, new Uint8Array(9).fill(1)));
      const before = attacker.received;
      attacker.socket.write(burst);
      attacker.socket.write(ping);
      await waitFor('an answer', () => attacker.received > before, 20_000);
      attacker.close();
    }
    await waitFor('the end of its sessions', async () => (await server.usage()).active === 1);
    expect((await server.usage()).heap - heap).to.be.below(4 * MEGABYTE);
  });

  it('is limited to a thousand messages a second, and no message is lost', async () => {
    const attacker = await Attacker.greet(page.socketUrl);
    const ping = message(encodeFrame(FrameType.Control, new Uint8Array(9).fill(1)));
    const before = attacker.received;
    const startedAt = performance.now();
    attacker.socket.write(Buffer.concat(Array(6000).fill(ping)));
    // A frame of 13 bytes behind a header of 2. The server's own ping has 3, and may come first.
    const more = (): number => attacker.received - before - 6000 * 15;
    await waitFor('all answers', () => more() >= 0, 20_000);
    expect(more()).to.be.oneOf([0, 3]);
    // What comes in one read of the socket, some 3,400, is answered before it has to wait.
    expect(performance.now() - startedAt).to.be.above(2000);
    attacker.close();
    await waitFor('the end of its session', async () => (await server.usage()).active === 1);
  });

  it('is dropped if it reads no answers, before the server buffers much', async () => {
    const { heap } = await server.usage();
    const attacker = await Attacker.greet(page.socketUrl);
    attacker.socket.pause();
    for (let seq = 1; seq <= 1000; seq++) {
      const event = { seq, type: 'Click', hid: page.hid('bulk'), data: undefined } as ClientEvent;
      attacker.socket.write(message(encodeFrame(FrameType.Event, encodeEvent(event))));
    }
    await waitFor('the drop', () => /error write/.test(server.output), 20_000);
    await waitFor('the end of its session', async () => (await server.usage()).active === 1);
    expect((await server.usage()).heap - heap).to.be.below(8 * MEGABYTE);
    attacker.close();
  });
});
