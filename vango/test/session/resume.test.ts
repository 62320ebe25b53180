import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type App,
  type AppOptions,
  type Ctx,
  createApp,
  fileStore,
  h,
  type Session,
  signal,
} from '../../src';
import { ControlType, HelloStatus, PatchOp } from '../../src/protocol';
import { nameBy, numbersOf } from '../../src/session/shown';
import { HidAllocator } from '../../src/vdom/hid';
import { HostElement } from '../../src/vdom/host';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

describe('a session whose page reconnects', () => {
  let app: App;
  let origin: string;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vango-resume-'));
  });
  afterEach(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(options: AppOptions = {}): Promise<void> {
    app = createApp({ logger: silentLogger(), ...options });
    app.page('/', Page);
    app.page('/elsewhere', () => h('p', null, 'elsewhere'));
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
  }

  const rows = signal(0);
  const release = signal(0);
  let waiting: Array<() => void> = [];
  function Page() {
    const count = signal(0);
    return h(
      'main',
      null,
      h('button', { id: 'b', onClick: () => count.update(n => n + 1) }, `${count.value}`),
      h('button', { id: 'add', onClick: () => rows.update(n => n + 1) }, 'add'),
      h(
        'button',
        {
          id: 'slow',
          onClick: async () => {
            await new Promise<void>(resolve => waiting.push(resolve));
            count.update(n => n + 100);
          },
        },
        'slow',
      ),
      h('button', { id: 'go', onClick: (ctx: Ctx) => ctx.navigate('/elsewhere') }, 'go'),
      h(
        'ul',
        null,
        Array.from({ length: rows.value }, (_, i) => h('li', { key: i }, `row ${i}`)),
      ),
      h('i', { key: release.value }, 'end'),
    );
  }
  beforeEach(() => {
    rows.value = 0;
    waiting = [];
  });

  const session = (): Session => [...app.sessions][0] as Session;
  const texts = (client: WireClient): string[] =>
    client.patches.flatMap(patch => (patch.op === PatchOp.SetText ? patch.value : []));
  const redraws = (client: WireClient): number =>
    client.controls.filter(({ type }) => type === ControlType.ResyncFull).length;

  async function open(): Promise<{ page: LoadedPage; client: WireClient }> {
    const page = await loadPage(origin, '/');
    return { page, client: await WireClient.connect(`${page.socketUrl}&live=0`) };
  }

  async function lose(client: WireClient): Promise<void> {
    client.drop();
    await waitFor('the detach', () => app.sessions.counts().active === 0);
  }

  /** Comes back as our client does. */
  async function resume(
    page: LoadedPage,
    client: WireClient,
    lastSeq = client.lastSeq,
  ): Promise<WireClient> {
    const url = page.socketUrl.replace(/^ws:\/\/[^/]*/, origin.replace('http', 'ws'));
    const again = await WireClient.connect(`${url}&live=1`, {
      sessionId: client.hello?.sessionId,
      lastSeq,
    });
    expect(again.hello?.status).to.equal(HelloStatus.OK);
    await again.until(() => again.receipts.length === 1);
    return again;
  }

  it('sends nothing if nothing changed, and continues the sequence numbers', async () => {
    await serve();
    const { page, client } = await open();
    await client.click(page.hid('b'));
    await lose(client);
    const again = await resume(page, client);
    expect([again.patches, again.controls]).to.deep.equal([[], []]);
    await again.click(page.hid('b'));
    expect([again.lastSeq, texts(again)]).to.deep.equal([2, ['2']]);
  });

  it('sends the missed frames and the results of handlers that were running', async () => {
    await serve();
    const { page, client } = await open();
    client.acknowledges = false;
    client.event('Click', page.hid('slow'));
    await waitFor('the handler', () => waiting.length === 1);
    await lose(client);
    waiting[0]?.();
    await session().settled();
    const again = await resume(page, client, 0);
    expect([texts(again), again.lastSeq]).to.deep.equal([['100'], 1]);
  });

  it('sends the frames again that were written to a dead socket', async () => {
    await serve();
    const { page, client } = await open();
    client.acknowledges = false;
    await client.click(page.hid('b'));
    await client.click(page.hid('b'));
    const again = await resume(page, client, 1);
    expect([texts(again), again.lastSeq, redraws(again)]).to.deep.equal([['2'], 2, 0]);
  });

  it('reports which events arrived, so that the browser can send the others again', async () => {
    await serve();
    const { page, client } = await open();
    await client.click(page.hid('b'));
    await client.click(page.hid('b'));
    await lose(client);
    const again = await resume(page, client);
    expect(again.receipts).to.deep.equal([{ lastSeq: 2, window: 100 }]);
  });

  it('gets a full resync with its address if it missed too much', async () => {
    await serve({ limits: { patchRing: 1 } });
    const { page, client } = await open();
    client.acknowledges = false;
    for (let n = 0; n < 3; n++) await client.click(page.hid('b'));
    await lose(client);
    const again = await resume(page, client, 1);
    expect(redraws(again)).to.equal(1);
    expect(again.patches).to.deep.equal([{ op: PatchOp.NavReplace, hid: '', path: '/' }]);
    await again.click(page.hid('b'));
    expect(texts(again)).to.deep.equal(['4']);
  });

  it('gets a full resync if the browser claims more frames than were sent', async () => {
    await serve();
    const { page, client } = await open();
    await lose(client);
    expect(redraws(await resume(page, client, 7))).to.equal(1);
  });

  it('shows the page that a handler navigated to meanwhile', async () => {
    await serve();
    const { page, client } = await open();
    await lose(client);
    session().dispatch(ctx => ctx.navigate('/elsewhere'));
    await waitFor('the navigation', () => session().path === '/elsewhere');
    const again = await resume(page, client);
    expect(redraws(again)).to.equal(0);
    expect(again.patches[0]).to.deep.equal({ op: PatchOp.NavPush, hid: '', path: '/elsewhere' });
  });

  it('sends nothing from a new process that renders the same tree with other HIDs', async () => {
    const persist = (): AppOptions => ({ persist: { store: fileStore(folder) } });
    await serve(persist());
    const { page, client } = await open();
    // New rows have higher HIDs than the elements after them.
    await client.click(page.hid('add'));
    await client.click(page.hid('add'));
    await app.close();
    await serve(persist());
    const again = await resume(page, client);
    expect([again.patches, again.controls]).to.deep.equal([[], []]);
    expect(again.receipts).to.deep.equal([{ lastSeq: 2, window: 0 }]);
    await again.click(page.hid('add'));
    expect(again.lastSeq).to.equal(client.lastSeq + 1);
    const [inserted] = again.patches;
    expect(inserted).to.deep.include({ op: PatchOp.InsertNode, index: 2 });
    // A name that the page does not have yet.
    const numbers = numbersOf(session().tree.html).split(/[,-]/).map(Number);
    expect((inserted as { node: { hid: string } }).node.hid).to.equal(`h${Math.max(...numbers)}`);
  });

  it('gets a full resync from a new process that renders another tree or lacks frames', async () => {
    const persist = (): AppOptions => ({ persist: { store: fileStore(folder) } });
    await serve(persist());
    const { page, client } = await open();
    await client.click(page.hid('b'));
    await app.close();
    // The count was not stored.
    await serve(persist());
    const again = await resume(page, client);
    expect(redraws(again)).to.equal(1);
    await again.close();
    await waitFor('the detach', () => app.sessions.counts().active === 0);
    await app.close();
    await serve(persist());
    expect(redraws(await resume(page, client, again.lastSeq + 1))).to.equal(1);
  });

  it('stays with its page when a copied tab asks for it, for each kind of client', async () => {
    await serve();
    const { page, client } = await open();
    const copied = await loadPage(origin, '/');
    for (const url of [copied.socketUrl, `${copied.socketUrl}&live=0`]) {
      const fresh =
        url === copied.socketUrl ? url : `${(await loadPage(origin, '/')).socketUrl}&live=0`;
      const copy = await WireClient.connect(fresh, { sessionId: client.hello?.sessionId });
      expect(copy.hello?.status).to.equal(HelloStatus.OK);
      expect(copy.hello?.sessionId).to.not.equal(client.hello?.sessionId);
    }
    await client.click(page.hid('b'));
    expect(texts(client)).to.deep.equal(['1']);
    expect(app.sessions.counts()).to.deep.equal({ active: 3, detached: 0 });
  });

  it('is taken over by the document that owns it, even if the old socket is still open', async () => {
    await serve();
    const { page, client } = await open();
    const again = await resume(page, client);
    await client.until(() => client.closed !== undefined);
    expect(again.hello?.sessionId).to.equal(client.hello?.sessionId);
    expect(app.sessions.counts()).to.deep.equal({ active: 1, detached: 0 });
  });

  it('splits a large full resync into frames that fit, and the page is complete', async () => {
    await serve();
    rows.value = 5000;
    const { client } = await open();
    const page = await loadPage(origin, '/');
    await lose(client);
    // As a client does that does not say what it shows.
    const again = await WireClient.connect(page.socketUrl, { sessionId: client.hello?.sessionId });
    await again.until(() => again.patches.some(({ op }) => op === PatchOp.RemoveAttr));
    expect(redraws(again)).to.equal(1);
    expect(again.patches.at(-1)).to.deep.include({
      op: PatchOp.RemoveAttr,
      key: 'data-vango-part',
    });
    const inserted = JSON.stringify(again.patches).match(/"row \d+"/g);
    expect(inserted).to.have.length(5000);
    expect(again.lastSeq).to.be.above(2);
    await again.click(page.hid('b'));
    expect(texts(again)).to.deep.equal(['1']);
  });
});

describe('hydration IDs', () => {
  it('are restored for a tree of the same shape', () => {
    const shape = fc.letrec<{ tree: number[] }>(() => ({
      tree: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
    })).tree;
    fc.assert(
      fc.property(shape, fc.infiniteStream(fc.nat(50)), (children, gaps) => {
        const build = (): HostElement => {
          const left = [...children];
          const element = (): HostElement =>
            new HostElement(
              'p',
              {},
              undefined,
              Array.from({ length: left.pop() ?? 0 }, element),
              undefined,
              undefined,
              undefined,
            );
          return element();
        };
        const named = build();
        const allocator = new HidAllocator();
        const name = (element: HostElement): void => {
          for (let gap = gaps.next().value as number; gap > 40; gap--) allocator.next();
          element.hid = allocator.next();
          for (const child of [...element.children].reverse()) name(child);
        };
        name(named);
        const again = build();
        const highest = nameBy(numbersOf(named), again);
        expect(again).to.deep.equal(named);
        const hids = (element: HostElement): number[] => [
          Number(element.hid.slice(1)),
          ...element.children.flatMap(hids),
        ];
        expect(highest).to.equal(Math.max(...hids(named)));
        const larger = new HostElement(
          'p',
          {},
          undefined,
          [again],
          undefined,
          undefined,
          undefined,
        );
        expect(nameBy(numbersOf(named), larger)).to.equal(undefined);
      }),
    );
  });
});
