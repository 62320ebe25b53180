import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { type App, type Child, createApp, h, type Signal, signal } from '../../src';
import { buildElement, renderHtml } from '../../src/vdom';
import { useBrowser } from '../support/browserSuite';
import { silentLogger } from '../support/logger';

describe('the content of the page', function () {
  this.timeout(30_000);
  let browser: Browser;
  let page: Page;
  let app: App;

  useBrowser(started => {
    browser = started;
  });
  afterEach(async () => {
    await page?.close();
    await app?.close();
  });

  const evaluate = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;

  async function open(content: () => Child): Promise<void> {
    app = createApp({ logger: silentLogger() }).page('/', content);
    const { port } = await app.listen(0, '127.0.0.1');
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForSelector('html.vango-connected');
  }

  /** The fields of a sign-in, with a notice above that comes and goes. */
  const signIn = (error: Signal<string>, fields: () => Child) => (): Child =>
    h(
      'form',
      { onSubmit: () => {} },
      error.value !== '' && h('p', { id: 'error' }, error.value),
      fields(),
    );

  const VALUES =
    'Object.fromEntries([...document.querySelectorAll("[name]")].map(c => [c.name, c.type === "checkbox" ? c.checked : c.value]))';
  const PLACES: Array<[how: string, fields: () => Child]> = [
    [
      'side by side',
      () => [
        h('input', { name: 'user' }),
        h('input', { name: 'password', type: 'password' }),
        h('input', { name: 'city' }),
        h('textarea', { name: 'note' }),
        h('input', { name: 'stay', type: 'checkbox' }),
        h('select', { name: 'unit' }, h('option', null, 'a'), h('option', null, 'b')),
      ],
    ],
    [
      'in labels',
      () =>
        ['user', 'password', 'city'].map(name =>
          h('label', null, name, h('input', { name, type: name === 'password' ? name : 'text' })),
        ),
    ],
  ];
  for (const [how, fields] of PLACES) {
    it(`keeps text, focus and selection when a notice above appears and disappears: fields ${how}`, async () => {
      const error = signal('');
      await open(signIn(error, fields));
      await page.fill('[name=user]', 'ann');
      await page.fill('[name=password]', 'secret');
      await page.fill('[name=city]', 'Bern');
      if (how === 'side by side') {
        await page.fill('[name=note]', 'text');
        await page.check('[name=stay]');
        await page.selectOption('[name=unit]', 'b');
      }
      await evaluate(
        '(i => { i.focus(); i.setSelectionRange(1, 4) })(document.querySelector("[name=password]"))',
      );
      await evaluate('window.was = [...document.querySelectorAll("[name]")]');
      const values = await evaluate(VALUES);
      expect(values).to.deep.include({ user: 'ann', password: 'secret', city: 'Bern' });
      for (const text of ['wrong', '', 'wrong again']) {
        error.value = text;
        await page.waitForFunction(
          `(document.querySelector("#error")?.textContent ?? "") === ${JSON.stringify(text)}`,
        );
        expect(await evaluate(VALUES)).to.deep.equal(values);
        expect(
          await evaluate('[...document.querySelectorAll("[name]")].every((c, i) => c === was[i])'),
        ).to.equal(true);
        expect(
          await evaluate(
            '(i => [i.name, i.selectionStart, i.selectionEnd])(document.activeElement)',
          ),
        ).to.deep.equal(['password', 1, 4]);
      }
    });
  }

  it("shows the server's option if options and value change together", async () => {
    const options = signal(['a']);
    await open(() => {
      const values = options.value;
      return h(
        'select',
        { value: values.at(-1) === 'c' ? 'b' : 'a' },
        values.map(value => h('option', { value }, value)),
      );
    });
    options.value = ['a', 'b', 'c'];
    await page.waitForFunction('document.querySelector("select").value === "b"');
    options.value = ['new', 'a', 'b'];
    await page.waitForFunction('document.querySelector("select").value === "a"');
    expect(await evaluate('document.querySelector("select").options.length')).to.equal(3);
  });

  it("shows the server's radio button and checkbox instead of the user's", async () => {
    const renders = signal(0);
    await open(() =>
      h(
        'form',
        { title: `${renders.value}` },
        ['a', 'b'].map(value =>
          h('input', {
            type: 'radio',
            name: 'r',
            value,
            checked: value === 'a',
            onChange: () => renders.value++,
          }),
        ),
        h('input', { type: 'checkbox', id: 'box', onChange: () => renders.value++ }),
      ),
    );
    await page.click('[value=b]');
    await page.waitForSelector('form[title="1"]');
    expect(
      await evaluate('[...document.querySelectorAll("[name=r]")].map(r => r.checked)'),
    ).to.deep.equal([true, false]);
    await page.click('#box');
    await page.waitForSelector('form[title="2"]');
    renders.value++;
    await page.waitForSelector('form[title="3"]');
    expect(await page.isChecked('#box')).to.equal(true);
  });

  it('inserts a table row before the others', async () => {
    const rows = signal(['a', 'b']);
    await open(() =>
      h(
        'table',
        null,
        rows.value.map(key => h('tr', { key }, h('td', null, key))),
      ),
    );
    rows.value = ['x', 'a', 'b', 'c'];
    await page.waitForFunction('document.querySelectorAll("tr").length === 4');
    expect(
      await evaluate('[...document.querySelectorAll("tbody > tr")].map(r => r.textContent).join()'),
    ).to.equal('x,a,b,c');
  });

  it('keeps JSON that contains a closing script tag', async () => {
    const json = JSON.stringify({ c: '<!--<script></script>' });
    await open(() =>
      h('main', null, h('script', { type: 'application/json' }, json), h('button', null, 'there')),
    );
    expect(
      await evaluate('JSON.parse(document.querySelector("main script").textContent).c'),
    ).to.equal('<!--<script></script>');
    expect(await page.textContent('button')).to.equal('there');
  });

  it('has no field in its URL if a form is sent before the client is loaded', async () => {
    app = createApp({ logger: silentLogger() }).page('/', () =>
      h('form', { onSubmit: () => {} }, h('input', { name: 'user' }), h('button', null, 'Go')),
    );
    const { port } = await app.listen(0, '127.0.0.1');
    page = await browser.newPage();
    await page.route('**/client.js', route => route.abort());
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.fill('[name=user]', 'ann');
    const sent = page.waitForRequest(request => request.method() === 'POST');
    await page.click('button');
    expect((await sent).url()).to.equal(`http://127.0.0.1:${port}/`);
    expect((await sent).postData()).to.equal('user=ann');
  });

  it('is the rendered tree, if no render was refused because of the HTML parser', async () => {
    page = await browser.newPage();
    const outer = [
      'p',
      'a',
      'button',
      'li',
      'dt',
      'dd',
      'h1',
      'form',
      'ul',
      'table',
      'tbody',
      'tr',
      'td',
      'svg',
      'label',
      'section',
      'fieldset',
      'pre',
      'dl',
    ];
    const middle = [
      'span',
      'div',
      'b',
      'ul',
      'button',
      'object',
      'table',
      'td',
      'foreignObject',
      'g',
      'section',
      'address',
    ];
    const inner = [
      ...outer,
      ...middle,
      'h2',
      'input',
      'select',
      'textarea',
      'hr',
      'br',
      'img',
      'caption',
      'colgroup',
      'col',
      'thead',
      'th',
      'main',
      'details',
      'summary',
      'nav',
      'menu',
      'ol',
      'video',
      'iframe',
      'em',
      'i',
      'code',
      'search',
      'dialog',
      'figure',
      'hgroup',
      'script',
      'style',
      'title',
      'math',
      'ruby',
      'center',
      'vango-text',
    ];
    const shown: string[] = [];
    for (const first of outer)
      for (const second of [undefined, ...middle])
        for (const third of inner) {
          let isTold = false;
          const host = {
            component: () => null,
            expand(): never {
              throw new Error('no components here');
            },
            misplaced() {
              isTold = true;
            },
            refused() {},
          };
          const leaf = h(third, null);
          const tree = h(
            'div',
            null,
            h(first, null, second === undefined ? leaf : h(second, null, leaf), h('i', null)),
          );
          const [element] = buildElement(tree, host).nodes;
          if (!isTold) shown.push(renderHtml(element as never));
        }
    const changed = await page.evaluate(
      `(all => all.filter(html => { const div = new DOMParser().parseFromString('<!DOCTYPE html><body>' + html, 'text/html').body; return div.innerHTML.toLowerCase() !== html.toLowerCase(); }))(${JSON.stringify(shown)})`,
    );
    expect(shown.length).to.be.above(3000);
    expect(changed).to.deep.equal([]);
  });
});
