import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type App, createApp, h, once, type Session, signal } from '../../src';
import { usePage } from '../support/browserSuite';
import { Network } from '../support/proxy';
import { waitFor } from '../support/wait';

describe('a page that reconnects', function () {
  this.timeout(60_000);
  let page: Page;
  let app: App;
  let network: Network;
  let origin: string;

  usePage(opened => {
    page = opened;
  });
  beforeEach(() => {
    app = createApp();
  });
  afterEach(async () => {
    await network.close();
    await app.close();
  });

  async function open(path = '/'): Promise<void> {
    const { port } = await app.listen(0, '127.0.0.1');
    network = new Network(port);
    origin = await network.listen();
    await page.goto(origin + path);
    await page.waitForSelector('html.vango-connected');
  }

  const offline = async (): Promise<void> => {
    network.offline = true;
    await page.waitForSelector('html.vango-reconnecting');
  };
  const online = async (): Promise<void> => {
    network.offline = false;
    await page.evaluate("dispatchEvent(new Event('online'))");
    await page.waitForSelector('html.vango-connected');
  };
  const text = (selector: string, expected: string, on = page): Promise<unknown> =>
    on.waitForFunction(([s, e]) => document.querySelector(s as string)?.textContent === e, [
      selector,
      expected,
    ] as const);
  const session = (): Session => [...app.sessions][0] as Session;
  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;

  it("shows what changed meanwhile, and keeps the user's input", async () => {
    const notice = signal('');
    const told: string[] = [];
    app.page('/', () =>
      h(
        'form',
        null,
        notice.value === '' ? null : h('input', { key: 'n', name: 'notice', value: notice.value }),
        h('input', {
          key: 'e',
          name: 'email',
          onInput: (value: string) => void told.push(`email ${value}`),
        }),
        h('input', {
          key: 'p',
          name: 'password',
          type: 'password',
          onInput: (v: string) => void told.push(`password ${v}`),
        }),
      ),
    );
    await open();
    await offline();
    await page.fill('[name=password]', 'secret');
    notice.value = 'new';
    await online();
    await page.waitForSelector('[name=notice]');
    expect(await page.inputValue('[name=password]')).to.equal('secret');
    expect(await page.inputValue('[name=email]')).to.equal('');
    await waitFor('the input', () => told.length > 0);
    expect(told).to.deep.equal(['password secret']);
  });

  it('restores input only to the field of its name after a full resync', async () => {
    const round = signal(0);
    app.page('/', () =>
      h(
        'form',
        null,
        round.value === 0 ? null : h('input', { name: 'extra' }),
        h('input', { name: 'email' }),
        h('input', { name: 'password', type: 'password' }),
        round.value === 0
          ? h('input', { name: 'code', type: 'password' })
          : h('input', { name: 'code', type: 'text' }),
        h('input', { className: `round${round.value}` }),
        h('p', { id: 'round' }, String(round.value)),
        h('i', { dangerouslySetInnerHTML: { __html: `<b>${round.value}</b>` } }),
      ),
    );
    await open();
    for (const name of ['email', 'password', 'code']) await page.fill(`[name=${name}]`, name);
    await page.fill('.round0', 'nameless');
    await offline();
    round.value = 1;
    // Patches cannot carry raw HTML.
    await waitFor('the change', () => session().state === 'detached');
    await online();
    await text('#round', '1');
    await text('i', '1');
    const values = await evaluate(
      '[...document.querySelectorAll("input")].map(input => [input.name, input.type, input.value])',
    );
    expect(values).to.deep.equal([
      ['extra', 'text', ''],
      ['email', 'text', 'email'],
      ['password', 'password', 'password'],
      ['code', 'text', ''],
      ['', 'text', ''],
    ]);
  });

  it('keeps the state of the page after a full resync in several frames', async () => {
    const clicks = signal(0);
    const row = (i: number): unknown =>
      h('li', { title: 'x'.repeat(60) }, `row ${i} `, h('b', null, 'and more'));
    app.page('/', () =>
      h(
        'main',
        null,
        h('button', { id: 'add', onClick: () => void clicks.value++ }, String(clicks.value)),
        h('input', { id: 'typed' }),
        h('details', { id: 'more' }, h('summary', null, 'more'), h('p', null, 'text')),
        h('i', { dangerouslySetInnerHTML: { __html: `<b>${clicks.value}</b>` } }),
        h('ul', null, Array.from({ length: 1000 }, (_, i) => row(i)) as never),
      ),
    );
    await open();
    let loads = 0;
    page.on('load', () => loads++);
    await page.click('summary');
    await page.fill('#typed', 'typed');
    await evaluate('for (const element of document.querySelectorAll("body *")) element.mark = 1');
    await page.click('#add');
    await text('i', '1');
    await offline();
    await online();
    await page.click('#add');
    await text('i', '2');
    await text('#add', '2');
    expect(
      await evaluate(
        '[typed.value, more.open, document.querySelectorAll("li").length, document.querySelector("main").hasAttribute("data-vango-part"), [...document.querySelectorAll("li, input, main")].every(e => e.mark === 1)]',
      ),
    ).to.deep.equal(['typed', true, 1000, false, true]);
    expect(loads).to.equal(0);
  });

  it('sends the events of meanwhile once and in order, and reports lost ones', async () => {
    const done: string[] = [];
    const isThere = signal(true);
    app.page('/', () =>
      h(
        'main',
        null,
        h('button', { key: 'a', id: 'a', onClick: () => void done.push('a') }, 'a'),
        isThere.value
          ? h('button', { key: 'b', id: 'b', onClick: () => void done.push('b') }, 'b')
          : null,
        h(
          'form',
          {
            key: 'f',
            onSubmit: (fields: Record<string, unknown>) => void done.push(JSON.stringify(fields)),
          },
          h('input', { name: 'q' }),
          h('button', { id: 'send' }, 'send'),
        ),
      ),
    );
    await open();
    await evaluate(
      'window.lost = []; document.addEventListener("vango:lost", ({ detail }) => lost.push([detail.type, detail.target.id, document.documentElement.classList.contains("vango-lost")]))',
    );
    await offline();
    await page.click('#a');
    await page.fill('[name=q]', 'words');
    await page.click('#send');
    await page.click('#b');
    await page.click('#a');
    isThere.value = false;
    await online();
    await waitFor('the events', () => done.length >= 3);
    await page.waitForFunction('lost.length > 0');
    expect(done).to.deep.equal(['a', '{"q":"words"}', 'a']);
    expect(await evaluate('lost')).to.deep.equal([['Click', 'b', true]]);
  });

  it('sends events again that went into a dead connection, but none that arrived', async () => {
    const done: string[] = [];
    app.page('/', () =>
      h(
        'main',
        null,
        ['a', 'b', 'c'].map(id => h('button', { id, onClick: () => void done.push(id) }, id)),
      ),
    );
    await open();
    await page.click('#a');
    await waitFor('the click', () => done.length === 1);
    network.strand();
    await page.click('#b');
    await page.click('#c');
    network.cut();
    await page.waitForSelector('html.vango-reconnecting');
    await online();
    await waitFor('the clicks', () => done.length === 3);
    await page.click('#a');
    await waitFor('the last click', () => done.length === 4);
    expect(done).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('reconnects at once when the network, the page or the tab is back', async () => {
    app.page('/', () => h('p', null, 'x'));
    await page.addInitScript(() => {
      const { setTimeout } = window;
      const frozen = window as { isFrozen?: boolean };
      Object.assign(window, {
        setTimeout: (...args: Parameters<typeof setTimeout>) =>
          frozen.isFrozen ? 0 : setTimeout(...args),
      });
    });
    await open();
    await evaluate('void (window.isFrozen = true)');
    for (const event of [
      "dispatchEvent(new Event('online'))",
      "document.dispatchEvent(new Event('visibilitychange'))",
      "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
    ]) {
      await offline();
      network.offline = false;
      await evaluate(event);
      await page.waitForSelector('html.vango-connected');
    }
  });

  it('gets a new session as a copied tab; the first tab keeps its own', async () => {
    const count = signal(0);
    app.page('/', () => h('button', { onClick: () => void count.value++ }, String(count.value)));
    await open();
    const [copy] = await Promise.all([
      page.context().waitForEvent('page'),
      evaluate('void window.open(location.href)'),
    ]);
    await copy.waitForSelector('html.vango-connected');
    await page.click('button');
    await text('button', '1');
    await text('button', '1', copy);
    expect(app.sessions.counts()).to.deep.equal({ active: 2, detached: 0 });
    expect(await evaluate('document.documentElement.className')).to.equal('vango-connected');
    expect(await copy.evaluate('sessionStorage.__vango_session_id')).to.not.equal(
      await evaluate('sessionStorage.__vango_session_id'),
    );
  });

  it('keeps its session when it is reloaded while the old socket is half open', async () => {
    app.page('/', () => h('p', null, 'x'));
    await open();
    const id = await evaluate('sessionStorage.__vango_session_id');
    network.strand();
    await page.reload();
    await page.waitForSelector('html.vango-connected');
    expect(await evaluate('sessionStorage.__vango_session_id')).to.equal(id);
    expect(app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
  });

  it('runs `once` handlers only once, also after a full resync', async () => {
    let ran = 0;
    const round = signal(0);
    app.page('/', () =>
      h(
        'main',
        null,
        h('button', { id: 'once', onClick: once(() => void ran++) }, 'once'),
        h('button', { id: 'again', onClick: () => void round.value++ }, 'again'),
        h('i', { dangerouslySetInnerHTML: { __html: `<b>${round.value}</b>` } }),
      ),
    );
    await open();
    await page.click('#once');
    await waitFor('the click', () => ran === 1);
    await offline();
    await online();
    await page.click('#once');
    await page.click('#again');
    await text('i', '1');
    await page.click('#once');
    await page.click('#again');
    await text('i', '2');
    expect(ran).to.equal(1);
  });

  it('works and reconnects without storage', async () => {
    const count = signal(0);
    app.page('/', () => h('button', { onClick: () => void count.value++ }, String(count.value)));
    await page.addInitScript(() => {
      const blocked = {
        get(): never {
          throw new DOMException('blocked', 'SecurityError');
        },
      };
      Object.defineProperty(window, 'sessionStorage', blocked);
      Object.defineProperty(Document.prototype, 'cookie', blocked);
    });
    await open();
    await page.click('button');
    await text('button', '1');
    const { id } = session();
    await offline();
    await online();
    await page.click('button');
    await text('button', '2');
    expect(session().id).to.equal(id);
    expect(app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
  });

  it('is restored from the back/forward cache', async () => {
    app.page('/', () => h('input', { id: 'field' }));
    await open();
    await page.fill('#field', 'typed');
    const { id } = session();
    await evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    await waitFor('the detach', () => app.sessions.counts().detached === 1);
    await evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await page.waitForSelector('html.vango-connected');
    expect(session().id).to.equal(id);
    expect(await page.inputValue('#field')).to.equal('typed');
  });
});
