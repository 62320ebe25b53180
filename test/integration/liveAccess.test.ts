import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import fc from 'fast-check';
import { processState } from '../../src/processState';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { ask, cookieOf } from '../support/liveClient';
import { useStderr } from '../support/stderr';

const TOKEN = 'a token that somebody chose';
const ENTRY = /^This page needs its token/;

describe('who may see the live view', () => {
  let exporter: VangoPrometheusExporter;
  let provider: MeterProvider;
  let origin: string;
  let url: string;
  const said = useStderr();

  async function start(
    liveView: boolean | { token: string } = true,
    host = '127.0.0.1',
  ): Promise<void> {
    exporter = new VangoPrometheusExporter({ host, port: 0, preventServerStart: true, liveView });
    provider = new MeterProvider({ readers: [exporter] });
    await exporter.startServer();
    origin = `http://127.0.0.1:${exporter.address?.port}`;
    url = exporter.liveViewUrl ?? '';
  }

  afterEach(async () => {
    await provider.shutdown();
    processState().live = undefined;
  });

  it('whoever has the token, by a cookie that scripts and other sites do not get', async () => {
    await start();
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
    const { status, headers } = await ask(url);
    expect([status, headers.location]).to.deep.equal([303, '/']);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    const port = new URL(url).port;
    expect(cookie).to.match(
      new RegExp(`^vango_live_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    const token = new URL(url).searchParams.get('token') as string;
    expect(cookie).not.to.include(token);
    const page = await ask(origin, { cookie: await cookieOf(url) });
    expect(page.status).to.equal(200);
    expect(page.text)
      .to.match(/^<!doctype html>/)
      .and.not.include(token);
  });

  it('nobody else', async () => {
    await start();
    const token = new URL(url).searchParams.get('token') as string;
    const cookie = await cookieOf(url);
    const wrong = [
      ...['/', '/live?topic=telemetry', '/?token=', '/?token=x', `/?token=${token}x`],
      ...[`/?token=${token.slice(1)}`, `/?token=${token.toUpperCase()}`, `/live?token=${token}`],
    ];
    for (const path of wrong) {
      const { status, text, headers } = await ask(origin + path);
      expect(status, path).to.equal(403);
      expect(text).to.match(ENTRY).and.not.include(token);
      expect(headers).not.to.have.property('set-cookie');
    }
    for (const other of [`${cookie}x`, cookie.slice(0, -1), `${cookie.split('=')[0]}=${token}`])
      expect((await ask(origin, { cookie: other })).status, other).to.equal(403);
    expect((await ask(origin, { cookie: `a=b; ${cookie}; c=d` })).status).to.equal(200);
  });

  it('nobody whose token is any other text', async () => {
    await start({ token: TOKEN });
    const token = fc.string({ unit: 'grapheme', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(token, async text => {
        fc.pre(text !== TOKEN);
        const { status } = await ask(`${origin}/?token=${encodeURIComponent(text)}`);
        expect(status).to.equal(403);
      }),
      { numRuns: 20 },
    );
  });

  it('no page of another site that gives its name our address', async () => {
    await start();
    const cookie = await cookieOf(url);
    const { port } = new URL(url);
    const foreign = ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '10.1.2.3'];
    for (const host of [...foreign, 'localhost@evil', '[::2]', '127.0.0.1.nip.io', ' ', hostname()])
      for (const path of ['/', '/live?topic=telemetry', `/${new URL(url).search}`]) {
        const { status } = await ask(origin + path, { cookie, host });
        expect(status, `${host} ${path}`).to.be.oneOf([400, 403]);
      }
    for (const host of [`localhost:${port}`, 'LOCALHOST', '127.0.0.1', '[::1]:1'])
      expect((await ask(origin, { cookie, host })).status, host).to.equal(200);
  });

  it('only by GET and HEAD', async () => {
    await start();
    const cookie = await cookieOf(url);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      for (const path of ['/', '/live?topic=telemetry']) {
        const { status, headers } = await ask(origin + path, { cookie }, method);
        expect([status, headers.allow], method).to.deep.equal([405, 'GET, HEAD']);
      }
    for (const path of ['/', '/live?topic=telemetry']) {
      const { status, text } = await ask(origin + path, { cookie }, 'HEAD');
      expect([status, text]).to.deep.equal([200, '']);
    }
  });

  it('with a policy that names the one script and the one style of the page', async () => {
    await start();
    const { headers, text } = await ask(origin, { cookie: await cookieOf(url) });
    const hashOf = (element: string): string => {
      const [, content = ''] = new RegExp(`<${element}>([^]*)</${element}>`).exec(text) ?? [];
      expect(content.length).to.be.above(1000);
      return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    };
    expect(String(headers['content-security-policy']).split('; ')).to.include.members([
      ...["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"],
      ...[`script-src ${hashOf('script')}`, `style-src ${hashOf('style')}`],
    ]);
    expect(headers).to.include({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(text).to.match(/uPlot under this licence:\s+The MIT License \(MIT\)\s+Copyright \(c\)/);
  });

  it('with a topic that there is', async () => {
    await start();
    const cookie = await cookieOf(url);
    for (const topic of ['', 'x', 'overview/day', 'session/0', 'failures/%3Cscript%3E']) {
      const { status } = await ask(`${origin}/live?topic=${topic}`, { cookie });
      expect(status, topic).to.equal(400);
    }
  });

  it('nobody where it was not asked for', async () => {
    await start(false);
    expect(exporter.liveViewUrl).to.equal(undefined);
    for (const path of ['/', '/?token=x', '/live?topic=telemetry'])
      expect((await ask(origin + path)).status).to.equal(404);
    expect((await ask(`${origin}/metrics`)).status).to.equal(200);
    expect(processState().live).to.equal(undefined);
  });

  it('nobody on an address of other machines without a token of one’s own, which a line says', async () => {
    await start(true, '0.0.0.0');
    expect(said).to.deep.equal([
      '[vango] live view off: 0.0.0.0 can be reached from other machines. Set ' +
        'OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW_TOKEN, or the option liveView.token, to a secret ' +
        'of 16 characters or more',
    ]);
    expect(exporter.liveViewUrl).to.equal(undefined);
    const { status, text } = await ask(origin);
    expect(status).to.equal(403);
    expect(text).to.match(/^live view off/);
    expect((await ask(`${origin}/metrics`)).status).to.equal(200);
  });

  it('with a token of one’s own, which no line has, also from there', async () => {
    await start({ token: TOKEN }, '0.0.0.0');
    expect(said).to.deep.equal([]);
    expect(exporter.liveViewUrl).to.match(/\?token=…$/);
    const cookie = await cookieOf(`${origin}/?token=${encodeURIComponent(TOKEN)}`);
    expect((await ask(origin, { cookie })).status).to.equal(200);
    expect((await ask(origin, { cookie: '' })).status).to.equal(403);
    expect((await ask(origin, { cookie, host: 'evil.example' })).status).to.equal(403);
  });

  it('the URL, as a line says where the exporter starts by itself', async () => {
    exporter = new VangoPrometheusExporter({ host: '127.0.0.1', port: 0, liveView: true });
    provider = new MeterProvider({ readers: [exporter] });
    await exporter.startServer();
    await Promise.resolve();
    expect(said).to.deep.equal([`[vango] live view: ${exporter.liveViewUrl}`]);
  });

  for (const liveView of ['yes', null, {}, { token: 'short' }, { token: 7 }]) {
    it(`refuses the option ${JSON.stringify(liveView)}`, async () => {
      await start(false);
      expect(
        () =>
          new VangoPrometheusExporter({ liveView: liveView as never, preventServerStart: true }),
      ).to.throw(TypeError, /option liveView is .*; give true, false, or \{ token \}/);
    });
  }
});
