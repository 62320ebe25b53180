import { expect } from 'chai';
import { signal } from '../../src';
import { NOOP_METRICS } from '../../src/metrics';
import { type Patch, PatchOp } from '../../src/protocol';
import { PageTree } from '../../src/session/tree';
import { type Child, type Component, h, renderHtml } from '../../src/vdom';

describe('the output of a component', () => {
  let errors: string[];
  const { NODE_ENV } = process.env;

  beforeEach(() => {
    errors = [];
  });
  afterEach(() => {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  });

  function mount(page: Component): PageTree {
    const logger = { error: (message: string) => void errors.push(message), warn() {}, info() {} };
    const tree = new PageTree(
      { metrics: NOOP_METRICS, logger, writeViolations: 'warn' },
      undefined,
      () => {},
    );
    tree.mount({ title: 'Page', lang: 'en', content: h(page, null) });
    return tree;
  }

  const renders = signal(0);
  const Row = (): Child => h('div', { title: `${renders.value}` });
  const Outer = (): Child => h('p', null, renders.value, h(Row, null));

  it('is refused in development if the HTML parser would move it, with the remedy', () => {
    delete process.env.NODE_ENV;
    expect(() => mount(Outer)).to.throw(
      TypeError,
      'Row: <div> cannot stand within <p>, which the HTML parser ends before it; make the <p> a <div>',
    );
  });

  it('is logged once in production, and rendered unchanged', () => {
    process.env.NODE_ENV = 'production';
    const tree = mount(Outer);
    expect(renderHtml(tree.html)).to.contain('<div title="0"');
    renders.value++;
    tree.flush();
    expect(errors).to.deep.equal([
      'Row: <div> cannot stand within <p>, which the HTML parser ends before it; make the <p> a <div>',
    ]);
  });

  it('has no URL that runs a script, and each is logged once', () => {
    const url = signal('javascript:alert(1)');
    const Link = (): Child => h('a', { href: url.value, title: 'x' }, `${renders.value}`);
    const tree = mount(Link);
    expect(renderHtml(tree.html)).to.match(/<a title="x" data-hid="h\d">/);
    renders.value++;
    tree.flush();
    expect(errors).to.have.length(1);
    expect(errors[0]).to.match(/^Link: <a>: href was left out, since "javascript:alert\(1\)"/);
    url.value = '/ok';
    expect(tree.flush().change).to.deep.equal([
      {
        op: PatchOp.SetAttr,
        hid: tree.html.children[1]?.children[0]?.children[0]?.hid,
        key: 'href',
        value: '/ok',
      },
    ]);
    url.value = 'vbscript:x';
    expect((tree.flush().change as Patch[]).map(({ op }) => op)).to.deep.equal([
      PatchOp.RemoveAttr,
    ]);
  });

  it('is never patched inside <noscript>', () => {
    const Page = (): Child =>
      h(
        'main',
        null,
        h('noscript', null, h('p', null, `${renders.value}`)),
        h('b', null, `${renders.value}`),
      );
    const tree = mount(Page);
    renders.value++;
    const change = tree.flush().change as Patch[];
    expect(change.map(({ op }) => op)).to.deep.equal([PatchOp.SetText]);
    renders.value++;
    expect((tree.flush().change as Patch[]).map(({ op }) => op)).to.deep.equal([PatchOp.SetText]);
  });

  it('can change from a table row to a table body', () => {
    const isBody = signal(false);
    const Rows = (): Child => {
      const row = h('tr', null, h('td', null, 'x'));
      return isBody.value ? h('tbody', { id: 'own' }, row) : row;
    };
    const tree = mount(() => h('table', null, h(Rows, null)));
    isBody.value = true;
    expect(tree.flush().failures).to.deep.equal([]);
    expect(renderHtml(tree.html).replace(/ data-hid="\w+"/g, '')).to.contain(
      '<table><tbody id="own"><tr><td>x</td></tr></tbody></table>',
    );
  });

  it('keeps the values of a component when another one before it is added or removed', () => {
    const isShown = signal(false);
    const items = signal([1, 2]);
    let made = 0;
    const Counter = ({ name }: { name: string }): Child =>
      h('li', null, `${name}${signal(++made).value}`);
    const tree = mount(() =>
      h(
        'ul',
        null,
        isShown.value && h(Counter, { name: 'first' }),
        h(Counter, { name: 'second' }),
        items.value.map(key => h(Counter, { key, name: 'left' })),
        [1, 2].map(key => h(Counter, { key, name: 'right' })),
      ),
    );
    const texts = (): unknown =>
      tree.html.children[1]?.children[0]?.children[0]?.children.map(({ text }) => text);
    const before = ['second1', 'left2', 'left3', 'right4', 'right5'];
    expect(texts()).to.deep.equal(before);
    isShown.value = true;
    tree.flush();
    expect(texts()).to.deep.equal(['first6', ...before]);
    isShown.value = false;
    items.value = [2];
    tree.flush();
    expect(texts()).to.deep.equal(['second1', 'left3', 'right4', 'right5']);
  });
});
