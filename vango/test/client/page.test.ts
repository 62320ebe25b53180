import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { PatchOp } from '../../src/protocol';
import { usePage, useScriptedServer } from '../support/browserSuite';
import { helloFrame, type ScriptedServer } from '../support/scriptedServer';
import { waitFor } from '../support/wait';

describe('a page with the browser client', function () {
  this.timeout(30_000);
  let page: Page;
  let server: ScriptedServer;

  usePage(opened => {
    page = opened;
  });
  useScriptedServer(started => {
    server = started;
  });

  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;

  async function connect(html: string): Promise<void> {
    server.html = html;
    await page.goto(await server.listen());
    await welcome(1);
  }

  async function welcome(nth: number): Promise<void> {
    await waitFor('the hello', () => server.hellos.length === nth);
    server.send(helloFrame());
    await page.waitForSelector('html.vango-connected');
  }

  async function acked(count: number): Promise<void> {
    await waitFor(
      'the ack',
      () => server.received.filter(frame => frame.startsWith('04')).length === count,
    );
  }

  it('sets styles by camelCase names, and custom properties', async () => {
    await connect('<p data-hid="h4" style="color:red;--a:1">x</p>');
    server.patch(
      1,
      { op: PatchOp.SetStyle, hid: 'h4', key: 'backgroundColor', value: 'blue' },
      { op: PatchOp.SetStyle, hid: 'h4', key: '--b', value: '2' },
      { op: PatchOp.RemoveStyle, hid: 'h4', key: 'color' },
      { op: PatchOp.RemoveStyle, hid: 'h4', key: '--a' },
    );
    await acked(1);
    expect(await page.getAttribute('p', 'style')).to.equal('background-color: blue; --b: 2;');
  });

  it('focuses and blurs when the server asks for it', async () => {
    await connect('<input data-hid="h4"><input data-hid="h5">');
    await page.focus('[data-hid=h4]');
    server.patch(1, { op: PatchOp.Focus, hid: 'h5' });
    await acked(1);
    expect(await evaluate('document.activeElement.dataset.hid')).to.equal('h5');
    server.patch(2, { op: PatchOp.Blur, hid: 'h5' });
    await acked(2);
    expect(await evaluate('document.activeElement.tagName')).to.equal('BODY');
  });

  it('shows the selected option of an inserted select', async () => {
    await connect('<div data-hid="h4"></div>');
    const option = (value: string) =>
      ({
        kind: 'element',
        tag: 'option',
        hid: '',
        attrs: [['value', value]],
        children: [],
      }) as never;
    server.patch(1, {
      op: PatchOp.InsertNode,
      hid: '',
      parent: 'h4',
      index: 0,
      node: {
        kind: 'element',
        tag: 'select',
        hid: 'h9',
        attrs: [['value', 'b']],
        children: [option('a'), option('b')],
      },
    });
    await acked(1);
    expect(await page.inputValue('select')).to.equal('b');
  });

  it('sends offline input after a full resync, under the new HIDs', async () => {
    await connect(
      '<main data-hid="h4"><input id="a" data-hid="h5" data-ve="input"><i data-hid="h6" data-ve="focus"></i></main>',
    );
    server.drop();
    await page.waitForSelector('html.vango-reconnecting');
    await page.fill('input', 'offline');
    await page.dispatchEvent('i', 'focus');
    await waitFor('the hello', () => server.hellos.length === 2);
    server.send(helloFrame());
    server.redraw(
      '<main data-hid="h14"><input id="a" data-hid="h15" data-ve="input"><b data-hid="h16"></b></main>',
    );
    await waitFor('the event', () => server.events.length === 1);
    expect(server.events).to.deep.equal([{ seq: 1, type: 'Input', hid: 'h15', data: 'offline' }]);
    expect(await page.inputValue('input')).to.equal('offline');
  });

  it('sends offline input soon if the server sends no full resync', async () => {
    await connect('<input data-hid="h5" data-ve="input">');
    server.drop();
    await page.waitForSelector('html.vango-reconnecting');
    await page.fill('input', 'offline');
    await welcome(2);
    await waitFor('the event', () => server.events.length === 1);
    expect(server.events[0]).to.deep.include({ hid: 'h5', data: 'offline' });
  });

  it('keeps unsent input after a full resync', async () => {
    const html = (value: string): string => `
      <form data-hid="h4"><input id="free" data-hid="h5"><textarea id="area" data-hid="h6">text</textarea>
      <input id="controlled" value="${value}" data-ve="input" data-debounce="60000" data-hid="h7"><input id="box" type="checkbox" data-hid="h8">
      <select id="pick" data-hid="h9"><option>a</option><option>b</option></select>
      <div id="scroller" style="height:20px;overflow:auto" data-hid="h10"><div style="height:200px"></div></div></form>`;
    await connect(html('old'));
    await page.fill('#free', 'typed');
    await page.fill('#area', 'more text');
    await page.fill('#controlled', 'draft');
    await page.check('#box');
    await page.selectOption('#pick', 'b');
    await evaluate('document.querySelector("#scroller").scrollTop = 30');
    await evaluate(
      '(i => { i.focus(); i.setSelectionRange(2, 2) })(document.querySelector("#free"))',
    );
    server.redraw(html('old').replaceAll('data-hid="h', 'data-hid="h2'));
    await page.waitForSelector('[data-hid=h24]');
    const shown =
      '[...document.querySelectorAll("#free, #area, #controlled, #box, #pick")].map(c => c.type === "checkbox" ? c.checked : c.value)';
    expect(await evaluate(shown)).to.deep.equal(['typed', 'more text', 'draft', true, 'b']);
    expect(await evaluate('document.querySelector("#scroller").scrollTop')).to.equal(30);
    expect(
      await evaluate('[document.activeElement.id, document.activeElement.selectionStart].join()'),
    ).to.equal('free,2');
  });

  it("shows the server's value in a field whose input was sent", async () => {
    const html = (value: string): string =>
      `<main data-hid="h4"><input value="${value}" data-ve="input" data-hid="h7"></main>`;
    await connect(html(''));
    await page.fill('input', 'told');
    await waitFor('the event', () => server.events.length === 1);
    server.redraw(html(''));
    await page.waitForFunction('document.querySelector("input").value === ""');
    server.redraw(html('new'));
    await page.waitForFunction('document.querySelector("input").value === "new"');
  });

  it('handles a full resync for any names of form fields', async () => {
    const names = [
      'children',
      'id',
      'attributes',
      'childNodes',
      'localName',
      'nodeType',
      'getAttribute',
      'isConnected',
    ];
    const html = (text: string): string =>
      `<form data-hid="h4">${names.map((name, i) => `<input name="${name}" data-hid="h${10 + i}">`).join('')}</form><p data-hid="h5">${text}</p>`;
    await connect(html('old'));
    await evaluate(
      'for (const input of document.querySelectorAll("input")) input.value = input.name',
    );
    server.redraw(html('new'));
    await page.waitForFunction('document.querySelector("p").textContent === "new"');
    expect(
      await evaluate(
        '[...document.querySelectorAll("input")].map(input => [input.name, input.value])',
      ),
    ).to.deep.equal(names.map(name => [name, name]));
    expect(server.loads).to.equal(1);
  });

  it('keeps the hooks of elements that stay after a full resync, and ends others', async () => {
    const html = (rest: string): string => `<b id="b" data-hook="Log" data-hid="h4"></b>${rest}`;
    await connect(html('<i id="i" data-hook="Log" data-hid="h5"></i>'));
    await evaluate(`window.log = [];
      __vango__.registerHook('Log', class {
        mounted(element) { log.push('mounted ' + element.tagName); }
        destroyed(element) { log.push('destroyed ' + element.tagName); }
      })`);
    server.redraw(html('<u id="u" data-hook="Log" data-hid="h6"></u>'));
    await page.waitForSelector('u', { state: 'attached' });
    expect(await evaluate('log')).to.deep.equal([
      'mounted B',
      'mounted I',
      'destroyed I',
      'mounted U',
    ]);
  });

  it('reports an event as lost if another element replaced its target', async () => {
    await connect('<main data-hid="h4"><button data-hid="h5" data-ve="click">keep</button></main>');
    await evaluate(
      'window.lost = []; document.addEventListener("vango:lost", ({ detail }) => lost.push(detail.type))',
    );
    server.drop();
    await page.waitForSelector('html.vango-reconnecting');
    await page.click('button');
    await welcome(2);
    server.redraw(
      '<main data-hid="h4"><button data-hid="h5" data-ve="click">delete</button></main>',
    );
    await page.waitForFunction('lost.length > 0');
    expect(await evaluate('lost')).to.deep.equal(['Click']);
    expect(server.events).to.deep.equal([]);
  });

  it('reconnects after a refusal on request, and after later losses by itself', async () => {
    server.html = '<p data-hid="h4">x</p>';
    await page.goto(await server.listen());
    await waitFor('the hello', () => server.hellos.length === 1);
    server.send(helloFrame(4));
    await page.waitForSelector('html.vango-disconnected');
    await evaluate('__vango__.retryConnect()');
    await welcome(2);
    server.drop();
    await welcome(3);
  });

  it('requests missed frames again if the request was lost with its socket', async () => {
    await connect('<p data-hid="h4">x</p>');
    const requests = (): number =>
      server.received.filter(frame => frame.startsWith('030000021000')).length;
    server.patch(3, { op: PatchOp.SetText, hid: 'h4', value: 'c' });
    await waitFor('the request', () => requests() === 1);
    server.drop();
    await welcome(2);
    server.patch(3, { op: PatchOp.SetText, hid: 'h4', value: 'c' });
    await waitFor('the second request', () => requests() === 2);
  });

  it('navigates for the server or a script, but not for a hash of the page', async () => {
    await connect('<a href="#there" data-hid="h4">jump</a><p id="there" data-hid="h5">x</p>');
    await page.click('a');
    await page.waitForURL(/#there$/);
    await page.goBack();
    await page.waitForURL(/\/$/);
    server.patch(1, {
      op: PatchOp.Dispatch,
      hid: 'h5',
      name: 'vango:hash',
      detail: '{"value":"there"}',
    });
    await page.waitForURL(/#there$/);
    server.patch(2, {
      op: PatchOp.Dispatch,
      hid: 'h5',
      name: 'vango:navigate',
      detail: '{"path":"/b","replace":true}',
    });
    await waitFor('the event', () => server.events.length === 1);
    expect(server.events).to.deep.equal([
      { seq: 1, type: 'Navigate', hid: 'nav', data: { path: '/b', replace: true } },
    ]);
    server.patch(3, { op: PatchOp.NavPush, hid: '', path: '/b' });
    await page.waitForURL(/\/b$/);
    await page.goBack();
    await waitFor('the way back', () => server.events.length === 2);
    expect(server.events[1]?.data).to.deep.equal({ path: '/', replace: true });
  });

  it('detects a silent connection by the missing pong', async () => {
    await page.clock.install();
    await connect('<p data-hid="h4">x</p>');
    await page.clock.runFor(30_000);
    await waitFor('the ping', () => server.received.some(frame => frame.startsWith('030000090')));
    await page.clock.runFor(31_000);
    await waitFor('the second hello', () => server.hellos.length === 2);
  });
});
