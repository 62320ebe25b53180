import { expect } from 'chai';
import { type Patch, PatchOp, type WireNode } from '../../src/protocol';
import { useScriptedPage } from '../support/browserSuite';
import type { ScriptedPage } from '../support/scriptedPage';

function element(
  tag: string,
  attrs: Record<string, string> = {},
  ...children: WireNode[]
): WireNode {
  return { kind: 'element', tag, hid: '', attrs: Object.entries(attrs).sort(), children };
}
function insert(node: WireNode, parent = 'h4', index = 0): Patch {
  return { op: PatchOp.InsertNode, hid: '', parent, index, node };
}

describe('elements that are inserted', function () {
  this.timeout(30_000);
  let scripted: ScriptedPage;

  useScriptedPage(opened => {
    scripted = opened;
  });

  /** For each element and attribute its name and namespace, as the parser gives them. */
  const NAMES =
    'root => [...root.querySelectorAll("*")].flatMap(e => [[e.localName, e.namespaceURI], ...[...e.attributes].filter(a => a.name !== "data-hid").map(a => [a.name, a.localName, a.namespaceURI])])';

  const MARKUP: WireNode[] = [
    element(
      'svg',
      { viewBox: '0 0 1 1', 'xmlns:xlink': 'http://www.w3.org/1999/xlink' },
      element('use', { 'xlink:href': '#i', href: '#i' }),
      element('text', { 'xml:lang': 'de', 'xml:space': 'preserve' }),
      element('linearGradient', { gradientUnits: 'userSpaceOnUse' }, element('stop')),
      element('title', {}, element('b')),
      element(
        'foreignObject',
        {},
        element('div', { 'xlink:href': 'x' }, element('svg', {}, element('a'))),
      ),
    ),
    element(
      'math',
      { 'xml:lang': 'de' },
      element(
        'mrow',
        {},
        element('mi', {}, element('b')),
        element('mtext', {}, element('svg', {}, element('g'))),
      ),
    ),
    element('p', { 'xml:lang': 'de' }),
  ];

  function html(node: WireNode): string {
    if (node.kind !== 'element') return '';
    const attrs = node.attrs.map(([name, value]) => ` ${name}="${value}"`).join('');
    return `<${node.tag}${attrs}>${node.children.map(html).join('')}</${node.tag}>`;
  }

  it('have the namespaces that the HTML parser gives them and their attributes', async () => {
    await scripted.load(`<div data-hid="h4"></div><div id="p">${MARKUP.map(html).join('')}</div>`);
    await scripted.patch(MARKUP.map((node, index) => insert(node, 'h4', index)));
    const inserted = await scripted.is(`(${NAMES})(document.querySelector('[data-hid=h4]'))`);
    expect(inserted).to.deep.equal(await scripted.is(`(${NAMES})(p)`));
  });

  for (const [parent, tag, namespace] of [
    ['<svg data-hid="h4"></svg>', 'circle', 'http://www.w3.org/2000/svg'],
    ['<svg><g data-hid="h4"></g></svg>', 'a', 'http://www.w3.org/2000/svg'],
    [
      '<svg><foreignObject data-hid="h4"></foreignObject></svg>',
      'p',
      'http://www.w3.org/1999/xhtml',
    ],
    ['<math data-hid="h4"></math>', 'mi', 'http://www.w3.org/1998/Math/MathML'],
    ['<math><mtext data-hid="h4"></mtext></math>', 'b', 'http://www.w3.org/1999/xhtml'],
  ]) {
    it(`into ${parent} have the namespace of their place`, async () => {
      await scripted.load(parent as string);
      await scripted.patch([insert(element(tag as string))]);
      const space = "document.querySelector('[data-hid=h4]').firstChild.namespaceURI";
      expect(await scripted.is(space)).to.equal(namespace);
    });
  }

  it('are drawn if they refer to others by xlink:href', async () => {
    await scripted.load(
      '<svg width="9" height="9"><defs><rect id="r" width="5" height="5"/></defs></svg><div data-hid="h4"></div>',
    );
    await scripted.patch([
      insert(element('svg', { id: 's' }, element('use', { 'xlink:href': '#r' }))),
    ]);
    expect(await scripted.is('s.firstChild.getBBox().width')).to.equal(5);
  });

  it('get the focus with autofocus, at any depth', async () => {
    await scripted.load('<input id="before"><div data-hid="h4"></div>');
    await scripted.page.focus('#before');
    await scripted.patch([insert(element('p', {}, element('input', { id: 'in', autofocus: '' })))]);
    expect(await scripted.is('document.activeElement.id')).to.equal('in');
    await scripted.patch([insert(element('textarea', { id: 'area', autofocus: '' }))]);
    expect(await scripted.is('document.activeElement.id')).to.equal('area');
    await scripted.patch([insert(element('input', { id: 'other' }))]);
    expect(await scripted.is('document.activeElement.id')).to.equal('area');
  });

  it('do not take the focus during composition', async () => {
    await scripted.load('<input id="before"><div data-hid="h4"></div>');
    await scripted.page.focus('#before');
    await scripted.compose('k');
    await scripted.patch([insert(element('input', { autofocus: '' }))]);
    expect(await scripted.is('[document.activeElement.id, before.value].join()')).to.equal(
      'before,k',
    );
  });

  const PROPERTIES: Array<[node: WireNode, property: string]> = [
    [element('video', { id: 'c', muted: '' }), 'muted'],
    [element('audio', { id: 'c', muted: '' }), 'muted'],
    [element('input', { id: 'c', type: 'checkbox', indeterminate: '' }), 'indeterminate'],
  ];
  for (const [node, property] of PROPERTIES) {
    const { tag } = node as { tag: string };
    it(`<${tag} ${property}>: have the state when loaded, inserted or changed`, async () => {
      await scripted.load('<div data-hid="h4"></div>');
      await scripted.patch([insert(node)]);
      expect(await scripted.is(`c.${property}`)).to.equal(true);
      await scripted.load(html(node).replace(' id=', ' data-hid="h5" id='));
      expect(await scripted.is(`c.${property}`)).to.equal(true);
      await scripted.patch([{ op: PatchOp.RemoveAttr, hid: 'h5', key: property }]);
      expect(await scripted.is(`c.${property}`)).to.equal(false);
      await scripted.patch([{ op: PatchOp.SetAttr, hid: 'h5', key: property, value: '' }]);
      expect(await scripted.is(`c.${property}`)).to.equal(true);
    });
  }

  it('get no handlers from attributes', async () => {
    await scripted.load('<div data-hid="h4"></div>');
    await scripted.patch([
      insert(element('img', { id: 'c', src: 'data:,', onerror: 'window.ran = 1' })),
    ]);
    await scripted.until('c.complete');
    expect(await scripted.is('[c.hasAttribute("onerror"), window.ran].join()')).to.equal('false,');
  });
});
