import { expect } from 'chai';
import { type App, type Ctx, createApp, h } from '../../src';
import { type Patch, PatchOp } from '../../src/protocol';
import { silentLogger } from '../support/logger';
import { loadPage, WireClient } from '../support/wireClient';

describe('the target of a navigation', () => {
  let app: App;
  let origin: string;
  const queries: string[] = [];

  function Page({ path, query }: { path: string; query: URLSearchParams }) {
    queries.push(`${path} ${query}`);
    const go = (target: string) => (ctx: Ctx) => ctx.navigate(target);
    return h(
      'main',
      null,
      h('button', { id: 'hash', onClick: go('/b?c=1#d') }, 'hash'),
      h('button', { id: 'relative', onClick: go('?page=2') }, 'relative'),
      h('button', { id: 'out', onClick: go('/\\evil.example') }, 'out'),
      h('button', { id: 'foreign', onClick: go('/b?next=https://other.example/') }, 'foreign'),
    );
  }

  before(async () => {
    app = createApp({ logger: silentLogger() })
      .page('/', Page)
      .page('/b', Page)
      .page('/out', Page, { middleware: ctx => ctx.redirect('/\\evil.example') })
      .page('/old', Page, {
        middleware: ctx => ctx.redirect(`/b?was=${ctx.query.get('q')}#\u00fc`),
      });
    const { port } = await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${port}`;
  });
  after(() => app.close());
  beforeEach(() => {
    queries.length = 0;
  });

  /** The history patch that answers a link to `target` on `page`. */
  async function visit(target: string, page = '/'): Promise<Patch | undefined> {
    const client = await WireClient.connect((await loadPage(origin, page)).socketUrl);
    client.event('Navigate', 'nav', { path: target, replace: false });
    await client.until(() => client.patches.length > 0);
    await client.close();
    return client.patches[0];
  }

  /** The same for a click on the button `id` of the front page. */
  async function click(id: string): Promise<Patch | undefined> {
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    await client.click(page.hid(id));
    await client.close();
    return client.patches[0];
  }

  const push = (path: string): Patch => ({ op: PatchOp.NavPush, hid: '', path });
  const replace = (path: string): Patch => ({ op: PatchOp.NavReplace, hid: '', path });

  it('keeps its hash, for links and handlers', async () => {
    expect(await visit('/b#p150')).to.deep.equal(push('/b#p150'));
    expect(await visit('/#p150', '/b')).to.deep.equal(push('/#p150'));
    expect(await click('hash')).to.deep.equal(push('/b?c=1#d'));
  });

  it('is relative to the page that is shown', async () => {
    expect(await visit('?page=2', '/b')).to.deep.equal(push('/b?page=2'));
    expect(await visit('b', '/b')).to.deep.equal(push('/b'));
    expect(await click('relative')).to.deep.equal(push('/?page=2'));
  });

  it('takes the hash and the query of a redirect, over HTTP too', async () => {
    expect(await visit('/old?q=1#before')).to.deep.equal(replace('/b?was=1#%C3%BC'));
    expect(queries.at(-1)).to.equal('/b was=1');
    const response = await fetch(`${origin}/old?q=1`, { redirect: 'manual' });
    expect(response.headers.get('location')).to.equal('/b?was=1#%C3%BC');
  });

  it('is never written in a form that a client takes for another origin', async () => {
    expect(await click('foreign')).to.deep.equal(push('/b?next=https:%2F%2Fother.example/'));
    expect(queries.at(-1)).to.equal('/b next=https%3A%2F%2Fother.example%2F');
  });

  it('cannot be another host: the redirect fails, live and over HTTP', async () => {
    const page = await loadPage(origin, '/');
    const client = await WireClient.connect(page.socketUrl);
    await client.click(page.hid('out'));
    expect(client.errors).to.have.length(1);
    expect(client.patches).to.deep.equal([]);
    await client.close();
    const response = await fetch(`${origin}/out`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).to.deep.equal([500, null]);
    for (const target of [
      '/\\evil.example',
      '\\\\evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
    ])
      expect(await visit(target), target).to.deep.equal(replace('/'));
  });
});
