import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type App, type AppOptions, type Ctx, createApp, h, type Logger } from '../../src';
import { CLIENT_SCRIPT } from '../../src/generated/clientScript';
import { HelloStatus } from '../../src/protocol';
import { exchange, requestFor, UPGRADE } from '../support/exchange';
import { silentLogger } from '../support/logger';
import { WireClient } from '../support/wireClient';

const LIVE = '/_vango/live?path=/';

describe('a deployed app', () => {
  let app: App;
  let origin: string;
  let host: string;
  let warnings: string[];

  async function serve(options: AppOptions = {}): Promise<void> {
    warnings = [];
    const logger: Logger = { ...silentLogger(), warn: message => void warnings.push(message) };
    app = createApp({ logger, ...options }).page('/', () => h('p', null, 'front'));
    const { port } = await app.listen(0, '127.0.0.1');
    host = `127.0.0.1:${port}`;
    origin = `http://${host}`;
  }
  afterEach(() => app.close());

  const page = async (headers: Record<string, string> = {}): Promise<number | undefined> =>
    (await exchange(origin, requestFor('/', { Host: host, ...headers }))).status;
  const socket = async (headers: Record<string, string> = {}): Promise<number | undefined> =>
    (await exchange(origin, requestFor(LIVE, { Host: host, ...UPGRADE, ...headers }))).status;
  const rebound = { Host: 'evil.example', Origin: 'http://evil.example' };

  describe('with allowedHosts', () => {
    it('serves pages, scripts and sockets only for these, on any port if none is named', async () => {
      await serve({ allowedHosts: ['shop.example', 'other.example:8443', '[::1]'] });
      for (const served of ['shop.example', 'SHOP.example:81', 'other.example:8443', '[::1]:80']) {
        expect(await page({ Host: served }), served).to.equal(200);
        expect(await socket({ Host: served, Origin: `http://${served}` }), served).to.equal(101);
      }
      for (const refused of [
        'evil.example',
        'other.example',
        'a.shop.example',
        'shop.example.evil',
        host,
        '',
      ]) {
        expect(await page({ Host: refused }), refused).to.equal(421);
        expect(await socket({ Host: refused, Origin: `http://${refused}` }), refused).to.equal(421);
      }
      const script = await exchange(origin, requestFor('/_vango/client.js', rebound));
      expect(script.status).to.equal(421);
    });

    it('logs the remedy once for each refused host, up to a hundred hosts', async () => {
      await serve({ allowedHosts: ['shop.example'] });
      await page(rebound);
      await page(rebound);
      expect(warnings).to.deep.equal([
        'A request for the host "evil.example" was refused; to serve it, add it to allowedHosts',
      ]);
      for (let i = 0; i < 120; i++) await page({ Host: `h${i}.example` });
      expect(warnings).to.have.length(100);
    });

    it('believes the forwarded host of a trusted proxy only', async () => {
      await serve({ allowedHosts: ['shop.example'], trustedProxies: ['127.0.0.1'] });
      expect(await page({ 'X-Forwarded-Host': 'shop.example' })).to.equal(200);
      expect(await page({ 'X-Forwarded-Host': 'evil.example, shop.example' })).to.equal(200);
      expect(await page({ Host: 'shop.example', 'X-Forwarded-Host': 'evil.example' })).to.equal(
        421,
      );
      await app.close();
      await serve({ allowedHosts: ['shop.example'], trustedProxies: ['10.0.0.0/8'] });
      expect(await page({ 'X-Forwarded-Host': 'shop.example' })).to.equal(421);
    });

    it('serves all hosts without it', async () => {
      await serve();
      expect([await page(rebound), await socket(rebound)]).to.deep.equal([200, 101]);
    });
  });

  describe('with pages of other origins', () => {
    it('opens sockets for the origins in allowedOrigins', async () => {
      await serve({ allowedOrigins: ['https://www.shop.example', 'http://a.example:81'] });
      for (const allowed of ['https://www.shop.example', 'http://a.example:81', origin])
        expect(await socket({ Origin: allowed }), allowed).to.equal(101);
      for (const refused of [
        'http://www.shop.example',
        'https://shop.example',
        'http://a.example',
        'null',
      ])
        expect(await socket({ Origin: refused }), refused).to.equal(403);
    });

    it('opens sockets only for the origin that a trusted proxy forwards', async () => {
      await serve({ trustedProxies: ['127.0.0.1'] });
      const forwarded = { Host: 'upstream:3000', 'X-Forwarded-Host': 'shop.example' };
      for (const allowed of ['https://shop.example', 'http://shop.example'])
        expect(await socket({ ...forwarded, Origin: allowed })).to.equal(101);
      expect(
        await socket({
          ...forwarded,
          'X-Forwarded-Host': 'shop.example:443',
          Origin: 'https://shop.example',
        }),
      ).to.equal(101);
      for (const refused of [
        'http://upstream:3000',
        'https://evil.example',
        'https://shop.example:444',
      ])
        expect(await socket({ ...forwarded, Origin: refused }), refused).to.equal(403);
    });

    it('believes no other client, and logs the remedy once for each', async () => {
      await serve();
      const forwarded = { Host: 'upstream:3000', 'X-Forwarded-Host': 'shop.example' };
      for (let i = 0; i < 2; i++)
        expect(await socket({ ...forwarded, Origin: 'https://shop.example' })).to.equal(403);
      expect(warnings).to.deep.equal([
        'A socket for a page of "https://shop.example" was refused: the host asked for is "upstream:3000". ' +
          'Behind a proxy, have it send X-Forwarded-Host and add its address to trustedProxies; otherwise add ' +
          'the origin to allowedOrigins',
      ]);
    });
  });

  describe('with cookies', () => {
    const cookieOf = async (headers: Record<string, string> = {}): Promise<string | undefined> =>
      (await exchange(origin, requestFor('/', { Host: host, ...headers }))).headers['set-cookie'];
    const https = { 'X-Forwarded-Proto': 'https' };

    it('marks them as secure if a trusted proxy forwards HTTPS', async () => {
      await serve({ trustedProxies: ['127.0.0.1'] });
      expect(await cookieOf(https)).to.match(/; Secure$/);
      expect(await cookieOf({ 'X-Forwarded-Proto': 'http' })).to.match(/; SameSite=Lax$/);
      expect(await cookieOf()).to.match(/; SameSite=Lax$/);
      await app.close();
      await serve();
      expect(await cookieOf(https)).to.match(/; SameSite=Lax$/);
    });

    it('follows the option for any request', async () => {
      await serve({ secureCookies: true });
      expect(await cookieOf()).to.match(/; Secure$/);
      await app.close();
      await serve({ secureCookies: false, trustedProxies: ['127.0.0.1'] });
      expect(await cookieOf(https)).to.match(/; SameSite=Lax$/);
    });

    it('marks them as secure if the process itself serves HTTPS', async () => {
      await serve();
      // As a TLS server's sockets are marked.
      const server = createServer().on('connection', socket =>
        Object.assign(socket, { encrypted: true }),
      );
      app.serve(server);
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const { headers } = await fetch(`http://127.0.0.1:${port}`);
      expect(headers.get('set-cookie')).to.match(/; Secure$/);
      server.close();
    });

    it('replaces an invalid token with the next page, and keeps a valid one', async () => {
      await serve({ csrfSecret: 'the secret before the deploy' });
      const tokenOf = (cookie: string | undefined): string =>
        /=([^;]+)/.exec(cookie ?? '')?.[1] ?? '';
      const old = tokenOf(await cookieOf());
      expect(await cookieOf({ Cookie: `__vango_csrf=${old}` })).to.equal(undefined);
      await app.close();
      await serve({ csrfSecret: 'the secret after the deploy' });
      for (const stale of [old, '', 'x', `${old}x`, '%']) {
        const fresh = tokenOf(await cookieOf({ Cookie: `__vango_csrf=${stale}` }));
        expect(fresh).to.match(/^[\w-]{64}$/);
        const client = await WireClient.open(origin.replace('http', 'ws') + LIVE, {
          cookie: `__vango_csrf=${fresh}`,
        });
        client.greet({ csrf: fresh });
        await client.until(() => client.hello !== undefined);
        expect(client.hello?.status).to.equal(HelloStatus.OK);
        await client.close();
      }
    });
  });

  describe('with a Content-Security-Policy', () => {
    it('sets the nonce of each request on the script tag, and has nothing inline', async () => {
      let made = 0;
      const nonces = new WeakMap<Ctx, string>();
      await serve({ nonce: ctx => nonces.get(ctx) ?? '' });
      app.use((ctx, next) => {
        nonces.set(ctx, `bm9uY2U${++made}+/-_==`);
        ctx.setHeader(
          'content-security-policy',
          `script-src 'nonce-${nonces.get(ctx)}' 'strict-dynamic'`,
        );
        return next();
      });
      for (let i = 1; i <= 2; i++) {
        const response = await fetch(origin);
        const html = await response.text();
        expect(response.headers.get('content-security-policy')).to.include(
          `'nonce-bm9uY2U${i}+/-_=='`,
        );
        expect(html.match(/<script/g)).to.have.length(1);
        expect(html).to.include(` nonce="bm9uY2U${i}+/-_==" defer></script>`);
        expect(html).not.to.match(/<style|\sstyle=|\son\w+=|javascript:/i);
      }
    });

    it('fails the page with a reason if the nonce is invalid', async () => {
      const errors: unknown[] = [];
      for (const wrong of ['', 'a"b', undefined, 7, '<']) {
        await serve({
          nonce: () => wrong as string,
          logger: { warn() {}, info() {}, error: (_, error) => void errors.push(error) },
        });
        expect(await page()).to.equal(500);
        expect(String(errors.at(-1))).to.include(
          `nonce() gave ${wrong}; give the base64 text that the header of this page names`,
        );
        await app.close();
      }
      await serve();
    });
  });

  describe('serves its client', () => {
    interface Script {
      readonly status: number | undefined;
      readonly headers: IncomingMessage['headers'];
      readonly body: Buffer;
    }
    const script = (headers: Record<string, string> = {}, method = 'GET'): Promise<Script> =>
      new Promise((resolve, reject) => {
        const asked = httpRequest(`${origin}/_vango/client.js`, { headers, method }, response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        });
        asked.on('error', reject).end();
      });

    it('compressed if the browser accepts it', async () => {
      await serve();
      for (const accepted of ['gzip', 'deflate, GZIP;q=0.5, br', '*', 'x-gzip', 'gzip ; q=1']) {
        const { headers, body } = await script({ 'accept-encoding': accepted });
        expect(headers['content-encoding'], accepted).to.equal('gzip');
        expect(Number(headers['content-length']))
          .to.equal(body.length)
          .and.below(CLIENT_SCRIPT.length / 2);
        expect(gunzipSync(body).toString()).to.equal(CLIENT_SCRIPT);
      }
      for (const refused of [
        '',
        'identity',
        'gzip;q=0',
        'gzip;q=0.000',
        'gzip;q=x',
        '*;q=0',
        'br',
        'gzipped',
      ]) {
        const { headers, body } = await script({ 'accept-encoding': refused });
        expect(headers['content-encoding'], refused).to.equal(undefined);
        expect(body.toString()).to.equal(CLIENT_SCRIPT);
      }
      expect((await script()).headers.vary).to.equal('accept-encoding');
    });

    it('once, and answers 304 to each known entity tag', async () => {
      await serve();
      const plain = (await script()).headers.etag ?? '';
      const gzip = (await script({ 'accept-encoding': 'gzip' })).headers.etag ?? '';
      expect(plain).to.match(/^"[0-9a-f]{64}"$/);
      expect(gzip).to.equal(plain.replace(/"$/, '-gzip"'));
      const known = [plain, gzip, `W/${plain}`, `"x", W/${gzip}`, `W/"a,b" , ${plain}`, '*', ' * '];
      for (const tag of known) {
        const { status, headers, body } = await script({
          'if-none-match': tag,
          'accept-encoding': 'gzip',
        });
        expect([status, body.length, headers.etag, headers.vary], tag).to.deep.equal([
          304,
          0,
          gzip,
          'accept-encoding',
        ]);
      }
      for (const tag of ['', '"x"', plain.slice(1, -1), 'W/', '"*"', plain.replace('"', '"0')])
        expect((await script({ 'if-none-match': tag })).status, tag).to.equal(200);
    });

    it('without a body to HEAD, as it does for pages', async () => {
      await serve();
      const [whole, head] = [await script(), await script({}, 'HEAD')];
      expect([head.status, head.body.length]).to.deep.equal([200, 0]);
      for (const name of ['content-length', 'content-type', 'etag'])
        expect(head.headers[name]).to.equal(whole.headers[name]);
      const response = await fetch(origin, { method: 'HEAD' });
      expect([response.status, await response.text()]).to.deep.equal([200, '']);
    });
  });

  for (const [options, message] of [
    [
      { allowedHosts: 'shop.example' },
      'allowedHosts is "shop.example"; give an array of hosts such as',
    ],
    [
      { allowedHosts: ['http://shop.example'] },
      'allowedHosts is ["http://shop.example"]; give an array of hosts',
    ],
    [
      { allowedHosts: [''] },
      'give an array of hosts such as "shop.example" or "shop.example:8443"',
    ],
    [
      { allowedOrigins: ['shop.example'] },
      'give an array of origins such as "https://shop.example"',
    ],
    [
      { allowedOrigins: ['https://shop.example/'] },
      'give an array of origins such as "https://shop.example"',
    ],
    [{ allowedOrigins: ['null'] }, 'give an array of origins such as "https://shop.example"'],
    [
      { nonce: 'abc' },
      'option nonce is "abc"; give a function that gives the nonce of a page, ctx => string',
    ],
  ] as const) {
    it(`reports what is wrong with ${JSON.stringify(options)}`, async () => {
      await serve();
      expect(() => createApp(options as never)).to.throw(TypeError, message);
    });
  }
});
