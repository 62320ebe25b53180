import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Encoding } from '../../../src/prometheus/negotiate';
import { hasLeft, send } from '../../../src/prometheus/send';
import { inSlices } from '../../../src/prometheus/slices';
import { waitFor } from '../../../vango/test/support/wait';

describe('send()', () => {
  /** Pieces that were asked for. */
  let asked: number;
  let hasEnded: boolean;
  let outcome: unknown;
  const servers: Server[] = [];
  let pieces: Iterable<string>;

  beforeEach(() => {
    asked = 0;
    hasEnded = false;
    outcome = undefined;
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  function* text(count: number): Generator<string> {
    try {
      for (; asked < count; asked++) yield `${asked}`.padEnd(1023).concat('\n');
    } finally {
      hasEnded = true;
    }
  }

  async function get(made: Iterable<string>, encoding: Encoding): Promise<IncomingMessage> {
    pieces = made;
    const server = createServer((_, response) => {
      send(response, inSlices(pieces), encoding).then(
        () => {
          outcome = 'sent';
        },
        error => {
          outcome = error;
        },
      );
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) =>
      request({ port, host: '127.0.0.1' }, resolve).on('error', reject).end(),
    );
  }

  it('sends all text, plain and compressed', async () => {
    const whole = [...text(3000)].join('');
    for (const encoding of ['identity', 'gzip'] as const) {
      asked = 0;
      const body = await buffer(await get(text(3000), encoding));
      expect((encoding === 'gzip' ? gunzipSync(body) : body).toString()).to.equal(whole);
      await waitFor('the end', () => outcome);
      expect(outcome).to.equal('sent');
    }
  });

  it('makes no more than a slow reader takes', async () => {
    const response = await get(text(100_000), 'identity');
    let before = -1;
    await waitFor('the reader’s limit', () => {
      const isSame = asked > 0 && asked === before;
      before = asked;
      return isSame;
    });
    // Sockets of the kernel hold some megabytes.
    expect(asked).to.be.below(20_000);
    expect((await buffer(response)).length).to.equal(100_000 * 1024);
  });

  it('stops when its reader goes away', async () => {
    for (const encoding of ['identity', 'gzip'] as const) {
      asked = 0;
      hasEnded = false;
      outcome = undefined;
      const response = await get(text(Number.POSITIVE_INFINITY), encoding);
      response.destroy();
      await waitFor('the end', () => hasEnded && outcome);
      expect(hasLeft(outcome)).to.equal(true);
    }
  });

  it('cuts the response off when a piece cannot be made', async () => {
    function* failing(): Generator<string> {
      yield 'x'.repeat(100_000);
      throw new RangeError('no');
    }
    const response = await get(failing(), 'identity');
    const complaint = await buffer(response).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(complaint).to.equal('aborted');
    expect(outcome).to.be.instanceOf(RangeError);
    expect(hasLeft(outcome)).to.equal(false);
  });
});

describe('inSlices()', () => {
  /** Holds the event loop for a time. */
  function work(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }

  it('lets the event loop turn, and no two slices share a turn', async () => {
    let turn = 0;
    const count = (): void => {
      turn++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const turns: number[] = [];
    function* slow(): Generator<string> {
      for (let i = 0; i < 8; i++) {
        work(4);
        turns.push(turn);
        yield 'x';
      }
    }
    const read = async (): Promise<string> => {
      let text = '';
      for await (const chunk of inSlices(slow())) text += chunk;
      return text;
    };
    expect(await Promise.all([read(), read(), read()])).to.deep.equal(Array(3).fill('xxxxxxxx'));
    clearImmediate(next);
    expect(turns.length).to.equal(24);
    expect(new Set(turns).size).to.equal(24);
  });
});
