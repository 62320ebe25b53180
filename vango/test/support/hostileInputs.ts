import { connect } from 'node:net';
import { encodeClientHello, encodeControl, encodeFrame, FrameType } from '../../src/protocol';
import { bytes as bytesOf, vectors } from '../protocol/vectors';
import { random } from './random';
import { message } from './rawWebSocket';

/** Hostile input: its bytes, and how to know that the server has answered. */
interface Strike {
  readonly bytes: Buffer;
  /** The number of inputs in the bytes. */
  readonly inputs: number;
  /** The number of WebSocket messages that answer it; 0 if none do. */
  readonly answers: number;
}

/** The results of an attack. */
export interface Outcome {
  readonly inputs: number;
  /** Connections by the status of their first answer; `none` for those closed without one. */
  readonly statuses: Readonly<Record<string, number>>;
}

const PIECES = [
  ...[
    '/',
    '//',
    '\\',
    '/\\',
    '.',
    '..',
    '/../',
    '%2e',
    '%2f',
    '%5c',
    '%00',
    '%zz',
    '%',
    '%ff',
    '*',
    ':',
    '@',
    '?',
    '#',
  ],
  ...[
    '/_vango/live',
    '/_vango/ws',
    '/_vango/client.js',
    '/_vango/',
    '/products/1',
    '/admin',
    'path=',
    'render=',
    '&',
  ],
  ...[
    'http://',
    'HTTPS://',
    'ws:',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::',
    ':99999',
    'u:p@',
    'javascript:',
    'data:,',
  ],
  ...[
    '\t',
    '\x0b',
    '\x7f',
    '\xff',
    '\xc3\xbc',
    ' ',
    '"',
    '<',
    '{',
    "'",
    ';',
    'a'.repeat(300),
    '%F0%9F%92%A9',
    '0',
    '-1',
  ],
];
const PLACES = [
  '/',
  '/',
  '/x',
  '/_vango/client.js',
  '/_vango/live',
  '/_vango/live?path=/',
  '/_vango/ws?path=%2F',
];
/** Frames that one connection sends after its hello. */
const FRAMES_AT_ONCE = 60;
const METHODS = [
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  'G T',
  '',
];
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/9',
  'HTTP/1.1 ',
  'http/1.1',
  '',
];
const HEADERS = [
  'Host',
  'Origin',
  'Cookie',
  'Connection',
  'Upgrade',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'If-None-Match',
  'Accept-Encoding',
  'Content-Length',
  'Transfer-Encoding',
  'Expect',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'traceparent',
  '__proto__',
  'constructor',
  '',
];
const VALUES = [
  'localhost',
  'http://localhost',
  'null',
  '',
  '*',
  'W/"x"',
  'gzip;q=x',
  'chunked',
  '-1',
  '5',
  '99999999999',
  '100-continue',
  'permessage-deflate; server_max_window_bits=99',
  'x, x',
  '13',
  '8',
  '__vango_csrf=%',
  '__vango_csrf',
  '=',
  ';;',
  'for="[',
  'a\tb',
  'for=unknown;host=;proto=',
  'websocket',
  'h2c',
  'keep-alive, Upgrade',
  'dGhlIHNhbXBsZSBub25jZQ==',
  'x'.repeat(5000),
  '\xff\xfe',
];

/** Random request lines, upgrades, hellos and frames; the same for the same seed. */
export class HostileInputs {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  /** The inputs of one connection. */
  strike(): Strike {
    const kind = this.below(20);
    if (kind < 9) return { bytes: latin(this.request()), inputs: 1, answers: 0 };
    if (kind < 14)
      return { bytes: latin(this.upgrade(this.target(), true)), inputs: 1, answers: 0 };
    const target = `/_vango/live?path=${encodeURIComponent(this.target())}&traceparent=${this.text(3)}`;
    if (kind < 19) {
      const opening = latin(this.upgrade(target.replaceAll(/[^!-~]/g, ''), false));
      return {
        bytes: Buffer.concat([opening, this.wrap(this.mutate(HELLO_AGAIN))]),
        inputs: 1,
        answers: 1,
      };
    }
    const frames = Array.from({ length: FRAMES_AT_ONCE }, () =>
      this.wrap(this.mutate(this.pick(FRAMES))),
    );
    const opening = latin(this.upgrade('/_vango/live?path=/', false));
    return {
      bytes: Buffer.concat([opening, message(HELLO), ...frames, message(PING)]),
      inputs: 20,
      answers: 2,
    };
  }

  private request(): string {
    const end = this.below(20) === 0 ? '' : '\r\n';
    const line = `${this.pick(METHODS)} ${this.target()} ${this.pick(VERSIONS)}`;
    return `${line}\r\n${this.host()}Connection: close\r\n${this.headers()}${end}`;
  }

  /** @param mayFail - Whether the handshake itself can be malformed. */
  private upgrade(target: string, mayFail: boolean): string {
    const exact = !mayFail || this.below(2) === 0;
    const host = exact ? 'Host: localhost\r\n' : this.host();
    const key = exact
      ? OPENING
      : OPENING.replace(/.*\r\n/, line => (this.below(3) === 0 ? '' : line));
    return `GET ${target} HTTP/1.1\r\n${host}${key}${mayFail ? this.headers() : ''}\r\n`;
  }

  private host(): string {
    return this.below(4) === 0 ? `Host: ${this.text(3)}\r\n` : 'Host: localhost\r\n';
  }

  private headers(): string {
    let headers = '';
    for (let left = this.below(4); left > 0; left--)
      headers += `${this.pick(HEADERS)}: ${this.below(3) === 0 ? this.text(4) : this.pick(VALUES)}\r\n`;
    return headers;
  }

  private target(): string {
    const kind = this.below(6);
    if (kind < 2) return this.pick(PLACES);
    return kind === 2 ? this.text(4) : `/${this.text(4)}`;
  }

  private text(pieces: number): string {
    let text = '';
    for (let left = this.below(pieces + 1); left > 0; left--) text += this.pick(PIECES);
    return text;
  }

  private mutate(original: Buffer): Buffer {
    let data = Buffer.from(original);
    for (let times = this.below(4); times > 0; times--) {
      const at = this.below(data.length + 1);
      const kind = this.below(4);
      if (kind === 0 && at < data.length) data[at] = this.below(256);
      else if (kind === 1) data = data.subarray(0, at);
      else if (kind === 2) data = Buffer.concat([data.subarray(0, at), HUGE, data.subarray(at)]);
      else data = Buffer.concat([data.subarray(0, at), data.subarray(this.below(data.length + 1))]);
    }
    return data;
  }

  /** A WebSocket message, sometimes with a wrong opcode, mask or length. */
  private wrap(payload: Uint8Array): Buffer {
    const wrapped = message(payload);
    if (this.below(40) === 0) wrapped[0] = this.below(256);
    if (this.below(80) === 0) wrapped[1] = this.below(256);
    return wrapped;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  private below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

const OPENING =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const HELLO = helloOf('');
const HELLO_AGAIN = helloOf('0'.repeat(32));

function helloOf(sessionId: string): Buffer {
  const hello = encodeClientHello({
    ...{ major: 2, minor: 0, csrf: 'token', sessionId, lastSeq: 0 },
    ...{ viewportWidth: 1, viewportHeight: 1, timezoneOffset: 0 },
  });
  return Buffer.from(encodeFrame(FrameType.Handshake, hello));
}

/** A count or length above all limits. */
const HUGE = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]);
const PING = encodeFrame(
  FrameType.Control,
  encodeControl({ type: 1, timestamp: new Uint8Array(8) }),
);
const FRAMES = vectors.flatMap(({ bytesHex }) =>
  bytesHex === undefined ? [] : [Buffer.from(bytesOf(bytesHex))],
);

function latin(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/**
 * Sends hostile inputs to a server.
 *
 * @param parallel - Connections at a time.
 * @param pause - Milliseconds that each connection takes at least.
 */
export async function attack(
  origin: string,
  inputs: HostileInputs,
  wanted: number,
  parallel: number,
  pause = 0,
): Promise<Outcome> {
  const statuses: Record<string, number> = {};
  let sent = 0;
  const strikeOn = async (from: string, delay: number): Promise<void> => {
    await new Promise(resolve => setTimeout(resolve, delay));
    while (sent < wanted) {
      const strike = inputs.strike();
      sent += strike.inputs;
      const startedAt = performance.now();
      const status = await answerTo(origin, strike, from);
      statuses[status] = (statuses[status] ?? 0) + 1;
      const left = pause - (performance.now() - startedAt);
      if (left > 0) await new Promise(resolve => setTimeout(resolve, left));
    }
  };
  // From several addresses, because one has too few ports for so many connections; started one
  // after the other, to avoid bursts.
  await Promise.all(
    Array.from({ length: parallel }, (_, i) =>
      strikeOn(`127.0.0.${2 + (i % 8)}`, (i * pause) / parallel),
    ),
  );
  return { inputs: sent, statuses };
}

/** Milliseconds after which the client ends its side, in case its input was incomplete. */
const PATIENCE = 50;

function answerTo(origin: string, { bytes, answers }: Strike, from: string): Promise<string> {
  const { port } = new URL(origin);
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from });
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(/^HTTP\/1\.1 (\d+)/.exec(received.toString('latin1', 0, 12))?.[1] ?? 'none');
    };
    const timer = setTimeout(() => socket.end(), PATIENCE);
    socket.setTimeout(10_000, () =>
      reject(new Error(`neither answered nor closed: ${bytes.toString('base64')}`)),
    );
    socket.on('data', data => {
      received = Buffer.concat([received, data]);
      if (received.length > 12 && messagesIn(received) >= answers) end();
    });
    socket.on('error', () => {});
    socket.on('close', end);
    socket.write(bytes);
  });
}

/** The number of complete short messages in the bytes of a WebSocket. */
function messagesIn(received: Buffer): number {
  let at = received.indexOf('\r\n\r\n') + 4;
  let count = 0;
  while (at >= 4 && at + 2 <= received.length) {
    const length = received[at + 1] as number;
    at += 2 + (length < 126 ? length : length === 126 ? 2 + received.readUInt16BE(at + 2) : 65_536);
    if (at <= received.length) count++;
  }
  return count;
}
