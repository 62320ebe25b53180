import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { type App, createApp, h } from '../../src';
import { HelloStatus } from '../../src/protocol';
import { exchange, requestFor, UPGRADE } from '../support/exchange';
import { silentLogger } from '../support/logger';
import { recording } from '../support/recording';
import { WireClient } from '../support/wireClient';

/** Targets that name no place of this app, whatever asks for them. */
const NOWHERE = [
  ...[
    '//',
    '//x',
    '//x/admin',
    '///',
    '/\\x/admin',
    '/a\\b',
    '\\',
    '/..',
    '/%2e%2e',
    '/%zz',
    '/%',
    '/a%00',
  ],
  ...[
    '*',
    'x',
    '?',
    'http:',
    'http://',
    'http:///b',
    'https:b',
    'ws://HOST/b',
    'http://evil.example/b',
  ],
  ...[
    'http://u:p@HOST/b',
    'http://HOST@evil.example/',
    'http://HOST//b',
    'http://HOST\\b',
    'javascript:1',
  ],
];
const NO_HOSTS = [
  'a/b',
  'u@h',
  'a?b',
  'a#b',
  'a\\b',
  'a b',
  'h:99999',
  'h:x',
  '[::',
  '%zz',
  '999.999.999.999',
];

describe('a request', () => {
  let app: App;
  let origin: string;
  let host: string;
  let calls: ReturnType<typeof recording>;

  before(async () => {
    calls = recording();
    app = createApp({ logger: silentLogger() });
    app.page('/', () => h('p', null, 'front')).page('/b', () => h('p', null, 'b'));
    app.page('/admin', () => h('p', null, 'admin'));
    app.setMetrics(calls.metrics);
    const { port } = await app.listen(0, '127.0.0.1');
    host = `127.0.0.1:${port}`;
    origin = `http://${host}`;
  });
  after(() => app.close());
  beforeEach(() => {
    calls.calls.length = 0;
  });

  describe('for a page', () => {
    for (const [target, status, location] of [
      ['/b', 200],
      ['/b?x=//y', 200],
      ['http://HOST/b', 200],
      ['HTTP://HOST', 200],
      ['http://HOST?x=1', 200],
      ['/b/', 308, '/b'],
      ['/a/../b//?x=1', 308, '/b?x=1'],
      ['/.//evil.example/', 308, '/evil.example'],
    ] as const) {
      it(`for ${target} gets ${status}`, async () => {
        const answer = await exchange(
          origin,
          requestFor(target.replace('HOST', host), { Host: host }),
        );
        expect([answer.status, answer.headers.location, answer.closed]).to.deep.equal([
          status,
          location,
          true,
        ]);
      });
    }

    it('gets 400 if its path is not one of this app', async () => {
      for (const target of NOWHERE) {
        const answer = await exchange(
          origin,
          requestFor(target.replace('HOST', host), { Host: host }),
        );
        expect([answer.status, answer.closed], target).to.deep.equal([400, true]);
      }
    });

    it('gets 400 if its host is invalid', async () => {
      for (const junk of NO_HOSTS)
        expect((await exchange(origin, requestFor('/b', { Host: junk }))).status, junk).to.equal(
          400,
        );
    });
  });

  describe('for a socket', () => {
    it('gets one at both endpoints', async () => {
      for (const target of ['/_vango/live?path=/', '/_vango/ws', `http://${host}/_vango/live`])
        expect(
          (await exchange(origin, requestFor(target, { Host: host, ...UPGRADE }))).status,
        ).to.equal(101);
    });

    it('gets 400, is closed and is counted if its path is not one of this app', async () => {
      for (const target of NOWHERE) {
        for (const headers of [UPGRADE, { Connection: 'Upgrade', Upgrade: 'websocket' }]) {
          const request = requestFor(target.replace('HOST', host), { Host: host, ...headers });
          const answer = await exchange(origin, request);
          expect([answer.status, answer.closed], target).to.deep.equal([400, true]);
        }
      }
      const kinds = new Set(calls.of('recordWebSocketError').map(([type]) => type));
      expect([...kinds]).to.deep.equal(['upgrade']);
    });

    it('gets 400 if its host is invalid, and 403 if its origin is', async () => {
      const live = (headers: Record<string, string>): string =>
        requestFor('/_vango/live', { Host: host, ...UPGRADE, ...headers });
      for (const junk of NO_HOSTS)
        expect((await exchange(origin, live({ Host: junk }))).status, junk).to.equal(400);
      for (const junk of [
        '',
        'null',
        'x',
        '//',
        'http://',
        'http:',
        'javascript:1',
        `http://${host}.evil`,
        host,
      ])
        expect((await exchange(origin, live({ Origin: junk }))).status, junk).to.equal(403);
      expect((await exchange(origin, live({ Origin: origin }))).status).to.equal(101);
    });

    it('is counted if the handshake is malformed', async () => {
      for (const wrong of [{ 'Sec-WebSocket-Key': 'short' }, { 'Sec-WebSocket-Version': '99' }])
        expect(
          (await exchange(origin, requestFor('/_vango/live', { Host: host, ...UPGRADE, ...wrong })))
            .status,
        ).to.equal(400);
      expect(calls.of('recordWebSocketError')).to.deep.equal([['upgrade'], ['upgrade']]);
    });

    it('can lose its client while it is refused', async () => {
      for (const url of ['//', '/_vango/live']) {
        const socket = new PassThrough();
        const request = {
          url,
          headers: { host, origin: 'http://evil.example' },
          socket,
          method: 'GET',
        };
        expect(
          app.upgrade(request as unknown as IncomingMessage, socket, Buffer.alloc(0)),
        ).to.equal(true);
        socket.emit('error', new Error('read ECONNRESET'));
      }
    });
  });

  it('gets an error, is closed and is counted if its hello names no path of this app', async () => {
    for (const path of [
      '//',
      '//x',
      '/\\x',
      'x',
      'http://evil.example/',
      '/%zz',
      '/..',
      '/a\tb',
      '/a\0',
      '*',
    ]) {
      const url = `${origin.replace('http', 'ws')}/_vango/live?path=${encodeURIComponent(path)}`;
      const client = await WireClient.connect(url);
      await client.until(() => client.closed !== undefined);
      expect([client.hello?.status, client.closed?.code], path).to.deep.equal([
        HelloStatus.InvalidFormat,
        1000,
      ]);
      expect(calls.of('recordWebSocketError').at(-1)).to.deep.equal(['handshake']);
    }
  });

  it('gets a session of the page that its hello names, with any query', async () => {
    const junk = [
      '',
      '?',
      '?path',
      '?path=',
      '?path=%2Fb&path=%2F%2F',
      '?traceparent=%00%zz&render=%',
      '?%&&=;path=/b',
    ];
    for (const query of junk) {
      const client = await WireClient.connect(
        `${origin.replace('http', 'ws')}/_vango/live${query}`,
      );
      expect(client.hello?.status, query).to.equal(HelloStatus.OK);
      await client.close();
    }
  });
});
