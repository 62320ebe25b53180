import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { CLIENT_SCRIPT } from '../../src/generated/clientScript';
import {
  decodeClientHello,
  decodeEvent,
  decodeFrame,
  encodeFrame,
  encodeServerHello,
  FrameType,
} from '../../src/protocol';
import { bytes, hex, type Vector, vectors } from '../protocol/vectors';
import { usePage, useScriptedServer } from '../support/browserSuite';
import { helloFrame, type ScriptedServer } from '../support/scriptedServer';
import { waitFor } from '../support/wait';

interface Step {
  readonly serverSends?: string;
  readonly clientSends?: string;
  readonly user?: string;
  readonly server?: string;
  readonly client?: string;
  readonly note?: string;
}
type Scenario = Vector & {
  readonly html: string;
  readonly steps: readonly Step[];
  readonly result: string;
};

const HELLO = helloFrame();

describe('the browser client', function () {
  this.timeout(30_000);
  let page: Page;
  let server: ScriptedServer;

  usePage(
    opened => {
      page = opened;
    },
    { viewport: { width: 1024, height: 768 }, timezoneId: 'UTC' },
  );
  useScriptedServer(started => {
    server = started;
  });

  async function load(html: string, path = '/'): Promise<void> {
    server.html = html;
    await page.goto((await server.listen()) + path);
    await waitFor('the hello', () => server.hellos.length > 0);
  }

  async function connect(html: string, path = '/'): Promise<void> {
    await load(html, path);
    server.send(HELLO);
    await page.waitForSelector('html.vango-connected');
  }

  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
  const until = (expression: string): Promise<unknown> => page.waitForFunction(expression);

  it('is under 17 KB gzipped', () => {
    expect(gzipSync(CLIENT_SCRIPT, { level: 9 }).length).to.be.below(17 * 1024);
  });

  /** What each scenario of the protocol ends in, as an expression of the page that becomes true. */
  const RESULTS: Record<string, string> = {
    'scenario/click-roundtrip':
      "document.querySelector('button').textContent === '1' && sessionStorage.__vango_session_id === 'sess1' && sessionStorage.__vango_last_seq === '1' && document.documentElement.className === 'vango-connected'",
    'scenario/first-seq-must-be-1': "document.querySelector('p').textContent === 'a'",
    'scenario/seq-0-is-a-duplicate': "document.querySelector('p').textContent === 'a'",
    'scenario/gap-then-replay': "document.querySelector('p').textContent === '3'",
    'scenario/resync-full-resets-seq': 'document.body.innerHTML === \'<p data-hid="h5">after</p>\'',
    'scenario/reconnect-without-resync-freezes': "document.querySelector('p').textContent === 'b'",
    'scenario/clean-close-never-reconnects':
      "!document.documentElement.classList.contains('vango-connected')",
    'scenario/control-close-never-reconnects':
      "!document.documentElement.classList.contains('vango-connected')",
    'scenario/handshake-status-3-reloads': 'true',
    'scenario/handshake-status-4-clean-close-gives-up':
      "!document.documentElement.classList.contains('vango-connected')",
    'scenario/dispatch-empty-hid-reloads': 'true',
    'scenario/unknown-frame-and-control-ignored':
      "document.querySelector('p').textContent === 'ok'",
    'scenario/set-text-replaces-element-children': "document.querySelector('p').innerHTML === 'x'",
    'scenario/insert-index-counts-elements':
      "[...document.querySelector('p').children].map(e => e.tagName).join('') === 'BIU' && document.querySelector('u').className === 'c'",
    'scenario/move-index-is-pre-removal': "document.querySelector('ul').textContent === 'BAC'",
  };
  const LOADS_TWICE = new Set([
    'scenario/handshake-status-3-reloads',
    'scenario/dispatch-empty-hid-reloads',
  ]);
  // This client does not reconnect after a refusal; the reference client retries every second.
  const NOT_OURS = new Set(['scenario/handshake-status-4-abrupt-drop-retries']);

  for (const scenario of vectors.filter(({ group }) => group === 'scenario') as Scenario[]) {
    if (NOT_OURS.has(scenario.name)) continue;
    it(`${scenario.name}: ${scenario.result}`, async () => {
      await load(scenario.html);
      let expected = 0;
      for (const step of scenario.steps) {
        if (step.serverSends !== undefined) server.send(step.serverSends);
        else if (step.clientSends !== undefined) {
          expected++;
          await waitFor('a frame', () => server.received.length >= expected);
          expect(server.received[expected - 1]).to.equal(step.clientSends);
        } else if (step.user === 'click button') {
          await page.waitForSelector('html.vango-connected');
          await page.click('button');
        } else if (step.server?.startsWith('drops TCP')) server.drop();
        else if (step.server?.startsWith('closes with code 1001')) {
          await page.waitForSelector('html.vango-connected');
          server.close(1001);
        } else if (step.client?.startsWith('reconnects')) {
          await waitFor('a second hello', () => server.hellos.length === 2);
        }
      }
      await until(RESULTS[scenario.name] ?? 'false');
      if (LOADS_TWICE.has(scenario.name)) await waitFor('a reload', () => server.loads === 2);
      if (scenario.name.endsWith('never-reconnects'))
        await waitFor('the close', () => server.closes.length === 1);
      expect(server.received.length).to.equal(expected);
    });
  }

  const GESTURES = `
    <button data-hid="h4" data-ve="click">x</button>
    <input data-hid="h5" data-ve="input,keydown,focus,blur">
    <input type="checkbox" data-hid="h6" data-ve="change">
    <select multiple data-hid="h7" data-ve="change"><option value="x">x</option><option value="y">y</option></select>
    <form data-hid="h8" data-ve="submit">
      <input name="a" value="1"><input type="checkbox" name="c" checked><input name="m" value="x"><input name="m" value="y"><input name="a" value="2">
      <button name="own" value="v">send</button>
    </form>
    <div data-hid="h12" data-ve="click,dblclick,mouseenter,scroll" style="height:40px;overflow:auto">
      <span data-hid="h13">child</span><div style="height:200px"></div>
    </div>
    <a href="/b?x=1" data-hid="h14" data-vango-link>link</a>
    <a href="/p" data-hid="h15" data-vango-link data-ve="click" data-prefetch>both</a>`;

  /**
   * Gestures, and the captured frames they must give but for their sequence numbers. Submits are
   * not among them: ours tell of the button and of each field.
   */
  const CAPTURED: Array<[vector: string, act: () => Promise<unknown>]> = [
    ['captured/click', () => page.click('[data-hid=h4]')],
    ['captured/click/child-of-handler', () => page.click('[data-hid=h13]')],
    ['captured/focus', () => page.focus('[data-hid=h5]')],
    [
      'captured/blur',
      () => page.focus('[data-hid=h5]').then(() => evaluate('document.activeElement.blur()')),
    ],
    ['captured/input/after-debounce', () => page.fill('[data-hid=h5]', 'é1')],
    ['captured/change/checkbox', () => page.check('[data-hid=h6]')],
    ['captured/change/select-multiple', () => page.selectOption('[data-hid=h7]', ['x', 'y'])],
    ['captured/dblclick', () => page.dispatchEvent('[data-hid=h12]', 'dblclick')],
    ['captured/mouseenter', () => page.hover('[data-hid=h12]')],
    ['captured/scroll', () => evaluate("document.querySelector('[data-hid=h12]').scrollTop = 7")],
    ['captured/prefetch', () => page.hover('[data-hid=h15]')],
    ['captured/link-click', () => page.click('[data-hid=h14]')],
  ];
  for (const [name, act] of CAPTURED) {
    it(`${name}: sends the bytes of the reference client`, async () => {
      await connect(GESTURES);
      const vector = vectors.find(found => found.name === name) as Vector;
      const { seq: _, ...wanted } = decodeEvent(decodeFrame(bytes(vector.bytesHex)).payload);
      await act();
      const events = await waitFor('the event', () => {
        const found = server.received
          .map(frame => decodeEvent(decodeFrame(bytes(frame)).payload))
          .filter(({ type }) => type === wanted.type);
        return found.length > 0 ? found : undefined;
      });
      const { seq, ...event } = events[0] as (typeof events)[number];
      expect(seq).to.be.at.least(1);
      expect(event).to.deep.equal(wanted);
    });
  }

  it('sends the same hello as the reference client, first and after a loss', async () => {
    server.html = '<p data-hid="h4">a</p>';
    const origin = await server.listen();
    await page.context().addCookies([{ name: '__vango_csrf', value: 'tok%3D%3D', url: origin }]);
    await page.goto(origin);
    await waitFor('the hello', () => server.hellos.length === 1);
    expect(server.hellos[0]).to.equal(
      vectors.find(({ name }) => name === 'captured/hello/new-page')?.bytesHex,
    );
    server.send(HELLO);
    server.send('020000080101010268340162');
    await waitFor('the ack', () => server.received.length === 1);
    server.drop();
    await waitFor('the second hello', () => server.hellos.length === 2);
    expect(server.hellos[1]).to.equal(
      vectors.find(({ name }) => name === 'captured/hello/reconnect')?.bytesHex,
    );
  });

  it('sends typed text before the click that follows it', async () => {
    await connect(
      '<input data-hid="h5" data-ve="input" data-debounce="5000"><button data-hid="h6" data-ve="click">go</button>',
    );
    await page.fill('input', 'typed');
    await page.click('button');
    await waitFor('both events', () => server.received.length === 2);
    const events = server.received.map(frame => decodeEvent(decodeFrame(bytes(frame)).payload));
    expect(events.map(({ type, data }) => [type, data])).to.deep.equal([
      ['Input', 'typed'],
      ['Click', undefined],
    ]);
  });

  it('keeps focus and caret when patches move the field, and after a full resync', async () => {
    const input = '<input id="edited" data-hid="h5" value="abcdef">';
    await connect(`<div data-hid="h4">${input}<b data-hid="h6">b</b></div>`);
    await evaluate(
      "(i => { i.focus(); i.setSelectionRange(2, 2) })(document.querySelector('input'))",
    );
    // Move h5 behind h6.
    server.send('0200000a01010602683502683402');
    await waitFor('the ack', () => server.received.length === 1);
    const state =
      '[document.activeElement.dataset.hid, document.activeElement.selectionStart].join()';
    expect(await evaluate(state)).to.equal('h5,2');
    const html = `<p data-hid="h9">x</p>${input}`;
    const frame = encodeFrame(
      FrameType.Control,
      new Uint8Array([0x12, html.length, ...new TextEncoder().encode(html)]),
    );
    server.send(hex(frame));
    await page.waitForSelector('[data-hid=h9]');
    expect(await evaluate(state)).to.equal('h5,2');
  });

  it('sends the trace context of the page with its events', async () => {
    await connect('<button data-hid="h4" data-ve="click">x</button>');
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await evaluate(`window.__VANGO_TRACEPARENT__ = () => '${traceparent}'`);
    await page.click('button');
    const [frame] = await waitFor('the event', () =>
      server.received.length > 0 ? server.received : undefined,
    );
    expect(decodeEvent(decodeFrame(bytes(frame as string)).payload).traceparent).to.equal(
      traceparent,
    );
  });

  it('does not reload repeatedly if the server keeps refusing', async () => {
    await load('<p data-hid="h4">a</p>');
    const refusal = hex(
      encodeFrame(
        FrameType.Handshake,
        encodeServerHello({ status: 3, sessionId: '', nextSeq: 0, serverTime: 0, flags: 0 }),
      ),
    );
    server.send(refusal);
    await waitFor('a reload', () => server.loads === 2 && server.hellos.length === 2);
    server.send(refusal);
    await waitFor('the close', () => server.closes.length === 2);
    expect(server.loads).to.equal(2);
    expect(
      decodeClientHello(decodeFrame(bytes(server.hellos[1] as string)).payload).sessionId,
    ).to.equal('');
  });
});
