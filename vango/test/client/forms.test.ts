import { expect } from 'chai';
import { type App, createApp, type FormValues, h, signal } from '../../src';
import { encodeAck, encodeError, encodeFrame, FrameType, PatchOp } from '../../src/protocol';
import { hex } from '../protocol/vectors';
import { useScriptedPage } from '../support/browserSuite';
import { silentLogger } from '../support/logger';
import type { ScriptedPage } from '../support/scriptedPage';
import { helloFrame } from '../support/scriptedServer';
import { waitFor } from '../support/wait';

/** Counts what the page is told of. */
const LISTEN = `window.told = []; document.addEventListener('vango:error', ({ detail }) => window.told.push(detail.message))`;

describe('forms', function () {
  this.timeout(30_000);
  let scripted: ScriptedPage;

  useScriptedPage(opened => {
    scripted = opened;
  }, LISTEN);

  const form = (content: string, attrs = ''): Promise<void> =>
    scripted.load(
      `<form id="f" data-hid="h5" data-ve="submit" ${attrs}>${content}</form><b data-hid="h6" data-ve="click">b</b>`,
    );
  /** Submits, loses the line before an answer, submits the same meanwhile, and comes back. */
  async function loseAfterSubmit(): Promise<void> {
    const { server, page } = scripted;
    await page.click('button');
    expect((await submits()).length).to.equal(1);
    const hellos = server.hellos.length;
    server.drop();
    await page.waitForSelector('html.vango-reconnecting');
    await page.dblclick('button');
    await waitFor('the next hello', () => server.hellos.length > hellos);
    server.send(helloFrame());
  }

  /** Data of the submits sent before a click that comes after them. */
  async function submits(): Promise<unknown[]> {
    const { server, page } = scripted;
    const clicks = server.events.filter(({ type }) => type === 'Click').length;
    await page.click('b');
    await scripted.events('Click', clicks + 1);
    return server.events.filter(({ type }) => type === 'Submit').map(({ data }) => data);
  }

  it('send each field and the pressed button in order', async () => {
    await form(
      '<input type="checkbox" name="tags" value="x" checked><button name="do" value="save">s</button><input type="checkbox" name="tags" value="y"><input type="checkbox" name="tags" value="z" checked><button name="do" value="drop" id="c">d</button>',
    );
    await scripted.page.click('#c');
    expect(await submits()).to.deep.equal([
      [
        ['tags', 'x'],
        ['tags', 'z'],
        ['do', 'drop'],
      ],
    ]);
  });

  it('send no button if none was pressed', async () => {
    await form('<input name="a" value="1"><button name="do" value="save">s</button>');
    await scripted.is('f.requestSubmit()');
    expect(await submits()).to.deep.equal([[['a', '1']]]);
  });

  it('close their dialog and are sent', async () => {
    await scripted.load(
      '<dialog id="d" open><form method="dialog" data-hid="h5" data-ve="submit"><button name="a" value="1">s</button></form></dialog><b data-hid="h6" data-ve="click">b</b>',
    );
    await scripted.page.click('button');
    expect(await scripted.is('[d.open, d.returnValue].join()')).to.equal('false,1');
    expect(await submits()).to.deep.equal([[['a', '1']]]);
  });

  it('are not sent with a file, which is reported; without one they are sent', async () => {
    await form('<input type="file" name="photo" id="c"><button>s</button>');
    await scripted.page.setInputFiles('#c', {
      name: 'me.png',
      mimeType: 'image/png',
      buffer: Buffer.from('x'),
    });
    await scripted.page.click('button');
    expect(await submits()).to.deep.equal([]);
    expect(await scripted.is<string[]>('told')).to.have.length(1);
    expect(scripted.errors.join()).to.match(/not sent. Upload the file of "photo" with fetch\(\)/);
    await scripted.page.setInputFiles('#c', []);
    await scripted.page.click('button');
    expect(await submits()).to.deep.equal([[]]);
  });

  for (const [what, act, type] of [
    ['form', "f.elements[0].value = 'x'.repeat(70000), f.requestSubmit()", 'Submit'],
    [
      'text',
      "t.value = 'x'.repeat(70000), t.dispatchEvent(new Event('input', { bubbles: true }))",
      'Input',
    ],
  ]) {
    it(`a ${what} that is too large for a frame is reported`, async () => {
      await form('<input name="a"><textarea id="t" data-hid="h7" data-ve="input"></textarea>');
      await scripted.is(act as string);
      await scripted.until('told.length === 1');
      expect(await scripted.is<string[]>('told')).to.match(new RegExp(`${type}.*70\\d{3} bytes`));
      expect(scripted.errors.join()).to.match(new RegExp(`${type}.*too large`));
      await scripted.is("f.elements[0].value = t.value = 'y'");
      await scripted.is('f.requestSubmit()');
      expect(await submits()).to.deep.equal([[['a', 'y']]]);
    });
  }

  describe('submitted twice', () => {
    const twice = '<input name="a" value="1"><button name="do" value="v">s</button>';

    it('are sent once until the server answers', async () => {
      await form(twice);
      await submits();
      await scripted.page.dblclick('button');
      expect((await submits()).length).to.equal(1);
      await scripted.patch([{ op: PatchOp.SetText, hid: 'h6', value: 'b' }], 1);
      await scripted.page.click('button');
      expect((await submits()).length).to.equal(1);
      await scripted.patch([], 2);
      await scripted.page.click('button');
      expect((await submits()).length).to.equal(2);
    });

    it('are sent twice if their fields differ', async () => {
      await form(`${twice}<button name="do" value="other" id="o">s</button>`);
      await scripted.page.click('button');
      await scripted.page.click('#o');
      await scripted.page.fill('[name=a]', '2');
      await scripted.page.click('#o');
      expect((await submits()).length).to.equal(3);
    });

    it('are sent again once if the server reports that they were lost', async () => {
      await form(twice);
      await loseAfterSubmit();
      scripted.server.send(hex(encodeFrame(FrameType.Ack, encodeAck({ lastSeq: 0, window: 1 }))));
      await scripted.events('Submit', 2);
      expect((await submits()).length).to.equal(2);
    });

    it('can be submitted again if the server sends no receipt', async () => {
      await form(twice);
      await loseAfterSubmit();
      await waitFor('the form to be free', async () => {
        await scripted.page.click('button');
        return scripted.server.events.filter(({ type }) => type === 'Submit').length === 2;
      });
    });

    it('can be submitted again after an error', async () => {
      await form(twice);
      await scripted.page.click('button');
      expect((await submits()).length).to.equal(1);
      scripted.server.send(
        hex(encodeFrame(FrameType.Error, encodeError({ code: 4, message: 'x', fatal: false }))),
      );
      await scripted.until('told.length === 1');
      await scripted.page.click('button');
      expect((await submits()).length).to.equal(2);
    });
  });

  describe('that are reset', () => {
    const controls =
      '<input name="text" value="start" data-hid="h7" data-ve="input"><input name="free"><input type="checkbox" data-hid="h8" data-ve="change"><textarea data-hid="h9" data-ve="input"></textarea><select data-hid="h10" data-ve="change"><option>a<option selected>b</select><button type="reset">r</button>';
    const shown =
      '[...f.elements].slice(0, 5).map(c => c.type === "checkbox" ? c.checked : c.value)';

    it('show their rendered values, and send those that the server knows differently', async () => {
      await form(controls);
      const { page } = scripted;
      for (const name of ['[name=text]', '[name=free]', 'textarea']) await page.fill(name, 'typed');
      await page.check('[type=checkbox]');
      await page.selectOption('select', 'a');
      await scripted.events('Change', 2);
      await scripted.events('Input', 2);
      await page.click('[type=reset]');
      expect(await scripted.is(shown)).to.deep.equal(['start', '', false, '', 'b']);
      await scripted.events('Input', 4);
      const told = await scripted.events('Change', 4).then(() => scripted.server.events.slice(4));
      expect(told.map(({ type, hid, data }) => [type, hid, data]).sort()).to.deep.equal([
        ['Change', 'h10', 'b'],
        ['Change', 'h8', 'false'],
        ['Input', 'h7', 'start'],
        ['Input', 'h9', ''],
      ]);
    });

    it('show their rendered values also after changes of the server', async () => {
      await form(controls);
      await scripted.patch([
        { op: PatchOp.SetValue, hid: 'h7', value: 'theirs' },
        { op: PatchOp.SetChecked, hid: 'h8', value: true },
      ]);
      await scripted.page.click('[type=reset]');
      expect(await scripted.is(shown)).to.deep.equal(['start', '', false, '', 'b']);
      const [event] = await scripted.events('Input');
      expect(event?.data).to.equal('start');
    });
  });

  const NAMES = [
    ...[
      'children',
      'id',
      'action',
      'method',
      'submit',
      'elements',
      'querySelector',
      'querySelectorAll',
    ],
    ...[
      'getAttribute',
      'hasAttribute',
      'setAttribute',
      'removeAttribute',
      'closest',
      'contains',
      'matches',
    ],
    ...[
      'parentElement',
      'parentNode',
      'isConnected',
      'textContent',
      'className',
      'classList',
      'style',
    ],
    ...[
      'dataset',
      'focus',
      'blur',
      'scrollTo',
      'remove',
      'replaceWith',
      'insertBefore',
      'moveBefore',
    ],
    ...[
      'appendChild',
      'dispatchEvent',
      'namespaceURI',
      'localName',
      'tagName',
      'nodeType',
      'attributes',
    ],
    ...['scrollTop', 'scrollLeft', 'name', 'target', 'length', 'value', 'type', 'addEventListener'],
  ];

  it('can have fields named like properties of elements', async () => {
    const fields = NAMES.map(name => `<input name="${name}" value="1">`).join('');
    const { page } = scripted;
    await scripted.load(
      `<div data-hid="h4"><form data-hid="h5" data-ve="submit,click,keydown,input,change,focus,mousedown,scroll" data-optimistic='{"class":"busy"}'>${fields}<input id="c" data-hid="h7"><button type="reset">r</button><button id="s">s</button></form></div><b data-hid="h6" data-ve="click">b</b>`,
    );
    await scripted.is('c.focus()');
    await page.keyboard.type('x');
    await scripted.is('s.click()');
    const [submit] = await scripted.events('Submit');
    expect(submit?.data).to.deep.equal(NAMES.map(name => [name, '1']));
    await scripted.is('s.previousSibling.click()');
    await scripted.events('Click', 2);
    const hid = 'h5';
    const row = { kind: 'element', tag: 'u', hid: 'h9', attrs: [], children: [] } as const;
    await scripted.patch([
      { op: PatchOp.SetAttr, hid, key: 'title', value: 't' },
      { op: PatchOp.SetAttr, hid, key: 'lang', value: 'de' },
      { op: PatchOp.RemoveAttr, hid, key: 'lang' },
      { op: PatchOp.AddClass, hid, value: 'k' },
      { op: PatchOp.SetStyle, hid, key: 'color', value: 'red' },
      { op: PatchOp.SetData, hid, key: 'x', value: '1' },
      {
        op: PatchOp.InsertNode,
        hid: '',
        parent: hid,
        index: 0,
        node: { ...row, children: [], attrs: [] },
      },
      { op: PatchOp.MoveNode, hid: 'h7', parent: hid, index: 0 },
      { op: PatchOp.MoveNode, hid, parent: 'h4', index: 1 },
      { op: PatchOp.Focus, hid },
      { op: PatchOp.Blur, hid },
      { op: PatchOp.ScrollTo, hid, x: 0, y: 0, behavior: 0 },
      { op: PatchOp.Dispatch, hid, name: 'hi', detail: '1' },
    ]);
    expect(await scripted.is("document.querySelector('form').outerHTML.slice(0, 600)")).to.match(
      /^<form (?=.*title="t")(?=[^>]*class="busy k")(?=[^>]*style="color: red;")(?=[^>]*data-x="1")[^>]*><input id="c"[^>]*><u data-hid="h9"><\/u>/,
    );
    await scripted.patch([{ op: PatchOp.SetText, hid, value: 'gone' }]);
    expect(await scripted.is("document.querySelector('form').outerHTML")).to.match(
      />gone<\/form>$/,
    );
    await scripted.patch([
      { op: PatchOp.ReplaceNode, hid, node: { ...row, children: [], attrs: [] } },
    ]);
    expect(await scripted.is("document.querySelector('div').innerHTML")).to.equal(
      '<u data-hid="h9"></u>',
    );
    expect(scripted.errors).to.deep.equal([]);
  });

  it('and images can be named like properties of the document', async () => {
    const names = ['activeElement', 'querySelectorAll', 'createElement', 'createTextNode'];
    await scripted.load(
      `${names.map(name => `<form name="${name}"></form><img name="${name}" alt="">`).join('')}<p data-hid="h4"><input id="c" data-hid="h5" data-ve="input" value="ab"></p>`,
    );
    await scripted.is('c.focus()');
    await scripted.page.keyboard.type('x');
    await scripted.events('Input');
    const node = { kind: 'element', tag: 'u', hid: 'h9', attrs: [], children: [] } as never;
    await scripted.patch([{ op: PatchOp.InsertNode, hid: '', parent: 'h4', index: 0, node }]);
    expect(await scripted.is('c.previousSibling.tagName')).to.equal('U');
    expect(scripted.errors).to.deep.equal([]);
  });

  describe('at the server', () => {
    let app: App;
    const submitted: FormValues[] = [];

    before(async () => {
      app = createApp({ logger: silentLogger() });
      app.page('/', () => {
        const count = signal(0);
        const onSubmit = (values: FormValues): void => {
          submitted.push(values);
          if (values.count !== undefined) count.value++;
          if (values.fail !== undefined) throw new Error('refused');
        };
        const tag = (value: string) =>
          h('input', { type: 'checkbox', name: 'tags', value, checked: value !== 'y' });
        return h(
          'main',
          null,
          h(
            'form',
            { onSubmit },
            ['x', 'y', 'z'].map(tag),
            h('button', { name: '__proto__', value: 'v' }, 'go'),
          ),
          h('form', { onSubmit }, h('button', { id: 'again' }, 'again')),
          h('form', { onSubmit }, h('button', { id: 'count', name: 'count' }, String(count.value))),
          h('form', { onSubmit }, h('button', { id: 'fail', name: 'fail' }, 'fail')),
        );
      });
    });
    after(() => app.close());

    it('give handlers lists for repeated names, and are answered each time', async () => {
      const { port } = await app.listen(0, '127.0.0.1');
      const page = await scripted.page.context().newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.waitForSelector('html.vango-connected');
      await page.click('main > form button');
      await waitFor('the submit', () => submitted.length === 1);
      expect(Object.entries(submitted[0] as FormValues)).to.deep.equal([
        ['tags', ['x', 'z']],
        ['__proto__', 'v'],
      ]);
      for (const id of ['again', 'count', 'fail']) {
        for (let time = 1; time <= 2; time++) {
          const before = submitted.length;
          await waitFor('another submit', async () => {
            await page.click(`#${id}`);
            return submitted.length > before;
          });
        }
      }
      await page.close();
    });
  });
});
