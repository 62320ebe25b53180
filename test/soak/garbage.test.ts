import { join } from 'node:path';
import { expect } from 'chai';
import { Child } from '../../vango/test/support/child';
import { Load, type Script } from '../../vango/test/support/load';
import { type LoadedPage, loadPage } from '../../vango/test/support/wireClient';

const SESSIONS = 300;
const EVENTS_PER_SECOND = 1500;
const SECONDS = 10;
/** Between two collections each session has several events, so nothing of one event lives to see both. */
const FLAGS = ['--min-semi-space-size=16', '--max-semi-space-size=16', '--trace-gc-nvp'];

describe('what an event leaves behind', function () {
  this.timeout(60_000);
  let server: Child;
  let page: LoadedPage;
  let load: Load;

  before(async () => {
    server = new Child(process.execPath, [
      ...FLAGS,
      join(__dirname, '../../vango/test/fixtures/rows.cjs'),
    ]);
    const [, port] = await server.until(/open at (\d+)\s/);
    page = await loadPage(`http://127.0.0.1:${port}`, '/');
    load = await Load.open(page.socketUrl, SESSIONS);
  });
  after(async () => {
    load?.close();
    await server?.stop();
  });

  it('dies young', async () => {
    const hid = page.hid('wanted');
    const script: Script = round => ({ type: 'Input', hid, data: round % 2 ? 'o' : 'e' });
    await load.run(script, EVENTS_PER_SECOND, SECONDS);
    server.output = '';
    await load.run(script, EVENTS_PER_SECOND, SECONDS);
    const promoted = [...server.output.matchAll(/gc=s .* promoted=(\d+)/g)].map(([, bytes]) =>
      Number(bytes),
    );
    expect(promoted).to.have.length.above(3);
    const bytes = promoted.reduce((sum, more) => sum + more, 0);
    expect(bytes / (EVENTS_PER_SECOND * SECONDS), 'bytes promoted for an event').to.be.below(300);
  });
});
