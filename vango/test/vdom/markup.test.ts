import { expect } from 'chai';
import {
  type BuildHost,
  buildElement,
  type Child,
  type HostElement,
  h,
  renderHtml,
  trustedUrl,
} from '../../src/vdom';

/** What a render told of: `misplaced` and `refused` messages. */
class Told implements BuildHost {
  readonly messages: string[] = [];

  component(): null {
    return null;
  }

  expand(): never {
    throw new Error('no components here');
  }

  misplaced(message: string): void {
    this.messages.push(message);
  }

  refused(message: string): void {
    this.messages.push(message);
  }
}

function build(child: Child, told = new Told()): HostElement {
  return buildElement(child, told).nodes[0] as HostElement;
}

function messagesOf(child: Child): string[] {
  const told = new Told();
  build(child, told);
  return told.messages;
}

const html = (child: Child): string => renderHtml(build(child));

describe('markup', () => {
  const SCRIPTS = [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' \t\n javascript:alert(1)',
    '\0\x01\x1fjavascript:alert(1)',
    'java\nscript:alert(1)',
    'j\ta\rv\na\tscript\n:alert(1)',
    'vbscript:msgbox(1)',
    'VBSCRIPT:x',
    'data:text/html,<script>alert(1)</script>',
    'DATA:text/html;base64,PHNjcmlwdD4=',
    'data:,x',
    'da\nta:text/html,x',
  ];
  const PLACES: Array<[tag: string, attribute: string]> = [
    ['a', 'href'],
    ['a', 'HREF'],
    ['area', 'href'],
    ['base', 'href'],
    ['link', 'href'],
    ['iframe', 'src'],
    ['embed', 'src'],
    ['script', 'src'],
    ['img', 'src'],
    ['form', 'action'],
    ['button', 'formaction'],
    ['input', 'formAction'],
    ['object', 'data'],
    ['video', 'poster'],
    ['use', 'xlink:href'],
    ['image', 'href'],
    ['set', 'to'],
    ['animate', 'values'],
  ];
  for (const [tag, attribute] of PLACES) {
    it(`removes script URLs from ${attribute} of <${tag}> in any spelling`, () => {
      for (const url of SCRIPTS) {
        const told = new Told();
        expect(build(h(tag, { [attribute]: url }), told).attrs, url).to.deep.equal({});
        expect(told.messages.length).to.equal(1);
        expect(told.messages[0]).to.match(
          new RegExp(`^<${tag}>: ${attribute} was left out.*trustedUrl`),
        );
      }
    });
  }

  it('removes a script URL from any value of an animation', () => {
    expect(
      messagesOf(h('animate', { attributeName: 'href', values: '#; javascript:x' })),
    ).to.have.length(1);
  });

  it('keeps every other URL as it is', () => {
    const urls = [
      '/javascript:x',
      'details?javascript:',
      '#data:',
      'javascripts/x.js',
      'https://javascript:x@example.com',
      'mailto:a@example.com',
      'vbscript',
      '',
      '\u00a0javascript:x',
    ];
    for (const href of urls) expect(build(h('a', { href })).attrs).to.deep.equal({ href });
    expect(messagesOf(h('p', { title: 'javascript:x', 'data-x': 'data:x' }))).to.deep.equal([]);
  });

  it('keeps data URLs of images, audio and video', () => {
    const image = 'data:image/png;base64,AA==';
    for (const [tag, attribute, url] of [
      ['img', 'src', image],
      ['image', 'href', image],
      ['video', 'poster', image],
      ['source', 'src', 'data:audio/ogg;base64,AA=='],
      ['link', 'href', 'data:image/svg+xml,<svg/>'],
    ] as const)
      expect(build(h(tag, { [attribute]: url })).attrs).to.deep.equal({ [attribute]: url });
    for (const [tag, attribute] of [
      ['iframe', 'src'],
      ['object', 'data'],
      ['a', 'href'],
    ] as const)
      expect(build(h(tag, { [attribute]: image })).attrs).to.deep.equal({});
  });

  it('keeps URLs that the app marks as trusted', () => {
    expect(html(h('a', { href: trustedUrl('javascript:print()') }, 'Print'))).to.equal(
      '<a href="javascript:print()">Print</a>',
    );
  });

  it('prevents a script or style from ending early, and keeps its meaning', () => {
    const value = { c: '<!--<script></script><SCRIPT </Script>', d: '<b>' };
    const json = html(h('script', { type: 'application/json' }, JSON.stringify(value)));
    const inside = json.slice('<script type="application/json">'.length, -'</script>'.length);
    expect(inside).not.to.match(/<!--|<\/?script/i);
    expect(inside).to.contain('<b>');
    expect(JSON.parse(inside)).to.deep.equal(value);
    const script = html(h('script', null, 'f("</script><!--", /<script/u, `<!--`)'));
    const code = script.slice('<script>'.length, -'</script>'.length);
    expect(code).not.to.match(/<!--|<\/?script/i);
    expect(
      new Function('f', `return ${code}`)((...args: unknown[]) => args.map(String)),
    ).to.deep.equal(['</script><!--', '/\\u003cscript/u', '<!--']);
    expect(html(h('style', null, 'a::before{content:"</style>"}'))).to.equal(
      '<style>a::before{content:"<\\/style>"}</style>',
    );
  });

  it('keeps the first line break of preformatted text, and lone carriage returns', () => {
    for (const tag of ['pre', 'textarea', 'listing'])
      expect(html(h(tag, null, '\n\nx'))).to.equal(`<${tag}>\n\n\nx</${tag}>`);
    expect(html(h('textarea', { value: '\nx' }))).to.equal('<textarea>\n\nx</textarea>');
    expect(html(h('pre', { dangerouslySetInnerHTML: { __html: '\nx' } }))).to.equal(
      '<pre>\n\nx</pre>',
    );
    expect(html(h('p', null, '\na\rb'))).to.equal('<p>\na&#13;b</p>');
  });

  it('omits boolean attributes that are false', () => {
    expect(html(h('input', { type: 'checkbox', checked: false }))).to.equal(
      '<input type="checkbox">',
    );
    expect(html(h('option', { selected: false }, 'a'))).to.equal('<option>a</option>');
    const select = h(
      'select',
      { value: 'b' },
      h('option', { selected: true }, 'a'),
      h('option', null, 'b'),
    );
    expect(html(select)).to.equal(
      '<select><option>a</option><option selected="">b</option></select>',
    );
  });

  it('writes HTML names in lower case and SVG names unchanged', () => {
    expect(html(h('BR', null))).to.equal('<br>');
    expect(html(h('svg', null, h('linearGradient', null)))).to.equal(
      '<svg><linearGradient></linearGradient></svg>',
    );
    expect(html(h('svg', null, h('text', null, 'a ', h('tspan', null, 'b'))))).to.equal(
      '<svg><text><tspan>a </tspan><tspan>b</tspan></text></svg>',
    );
  });

  it('makes a form with onSubmit use POST, unless it names a method', () => {
    const onSubmit = (): void => {};
    expect(build(h('form', { onSubmit })).attrs).to.deep.equal({
      'data-ve': 'submit',
      method: 'post',
    });
    expect(build(h('form', { onSubmit, method: 'get' })).attrs.method).to.equal('get');
    expect(build(h('form', null)).attrs).to.deep.equal({});
    const around = build(h('section', { onSubmit }, h('form', null)));
    expect(around.children[0]?.attrs).to.deep.equal({ method: 'post' });
    expect(
      messagesOf(h('form', { onSubmit }, h('p', null, h('input', { type: 'file' }))))[0],
    ).to.match(/gets no files/);
    expect(
      messagesOf(h('form', { action: '/upload' }, h('input', { type: 'file' }))),
    ).to.deep.equal([]);
  });

  const row = (text: string): Child => h('tr', null, h('td', null, text));

  it('adds the table elements that the HTML parser would add', () => {
    const table = h(
      'table',
      null,
      h('caption', null, 'c'),
      h('col', null),
      [row('1'), row('2')],
      h('tfoot', null),
      row('3'),
    );
    expect(html(table)).to.equal(
      '<table><caption>c</caption><colgroup><col></colgroup><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody>' +
        '<tfoot></tfoot><tbody><tr><td>3</td></tr></tbody></table>',
    );
    expect(messagesOf(table)).to.deep.equal([]);
  });

  const MISPLACED: Array<[child: Child, message: RegExp]> = [
    [
      h('form', null, h('div', null, h('form', null))),
      /<form> cannot stand within <form>.*form attribute/,
    ],
    [
      h('p', null, h('span', null, h('div', null))),
      /<div> cannot stand within <p>.*make the <p> a <div>/,
    ],
    [h('p', null, h('ul', null)), /<ul> cannot stand within <p>/],
    [h('p', null, h('p', null)), /<p> cannot stand within <p>/],
    [h('a', null, h('b', null, h('a', null))), /<a> cannot stand within <a>.*side by side/],
    [
      h('button', null, h('span', null, h('button', null))),
      /<button> cannot stand within <button>/,
    ],
    [
      h('li', null, h('div', null, h('li', null))),
      /<li> cannot stand within <li>.*list of their own/,
    ],
    [h('dt', null, h('dd', null)), /<dd> cannot stand within <dd> or <dt>/],
    [h('h1', null, h('h2', null)), /<h2> cannot stand in <h1>/],
    [
      h('select', null, h('optgroup', null, h('input', null))),
      /<input> cannot stand within <select>/,
    ],
    [h('select', null, h('div', null)), /<div> cannot stand in <select>, which holds <option>/],
    [h('option', null, h('b', null, 'x')), /<b> cannot stand in <option>, which holds text only/],
    [h('textarea', null, h('b', null)), /<b> cannot stand in <textarea>/],
    [h('table', null, h('div', null)), /<div> cannot stand in <table>/],
    [h('tbody', null, h('td', null)), /<td> cannot stand in <tbody>/],
    [h('div', null, h('tr', null)), /<tr> stands in .*<table> only/],
    [h('tr', null, h('li', null)), /<li> cannot stand in <tr>/],
    [
      h('svg', null, h('g', null, h('div', null))),
      /<div> cannot stand within <svg>.*foreignObject/,
    ],
    [h('div', null, h('html', null)), /<html> cannot stand within a page/],
    [h('div', null, h('body', null)), /<body> stands in <html> only/],
    [h('br', null, 'x'), /<br> holds nothing/],
    [h('input', null, h('b', null)), /<b> cannot stand in <input>, which holds nothing/],
  ];
  for (const [child, message] of MISPLACED) {
    it(`reports what the HTML parser would move: ${message.source.split(/[.,]/)[0]}`, () => {
      expect(messagesOf(child)[0]).to.match(message);
    });
  }

  it('reports nothing if the HTML parser keeps elements in place', () => {
    const fine: Child[] = [
      h('p', null, h('button', null, h('div', null))),
      h('p', null, h('svg', null, h('foreignObject', null, h('div', null)))),
      h(
        'p',
        null,
        h('span', null, h('a', null), h('input', null), h('select', null, h('option', null, 'x'))),
      ),
      h('a', null, h('div', null, h('h1', null, h('span', null)))),
      h('li', null, h('ul', null, h('li', null))),
      h('dl', null, h('div', null, h('dt', null), h('dd', null, h('dl', null, h('dt', null))))),
      h(
        'table',
        null,
        h('tbody', null, h('tr', null, h('td', null, h('table', null, row('x')), h('form', null)))),
      ),
      h('a', null, h('table', null, h('tbody', null, h('tr', null, h('td', null, h('a', null)))))),
      h('template', null, h('tr', null)),
      h('svg', null, h('a', null, h('a', null)), h('title', null, 'x'), h('style', null, 'x')),
      h('datalist', null, h('option', null, 'x')),
      h('html', null, h('head', null, h('title', null, 'x')), h('body', null)),
      h('form', null, h('input', null), h('textarea', null), h('button', null)),
    ];
    for (const child of fine) expect(messagesOf(child)).to.deep.equal([]);
  });
});
