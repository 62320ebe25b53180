import { join } from 'node:path';
import { expect } from 'chai';
import { Child } from '../../vango/test/support/child';
import type { Load, Script } from '../../vango/test/support/load';
import type { LoadedPage } from '../../vango/test/support/wireClient';
import { useLoad } from '../support/suites';

const SESSIONS = 300;
const EVENTS_PER_SECOND = 1500;
const SECONDS = 10;
/** Flags of Node.js: between two collections each session has several events. */
const FLAGS = ['--min-semi-space-size=16', '--max-semi-space-size=16', '--trace-gc-nvp'];

describe('the garbage of an event', function () {
  this.timeout(60_000);
  let server: Child;
  let page: LoadedPage;
  let load: Load;

  useLoad(
    async () => {
      server = new Child(process.execPath, [
        ...FLAGS,
        join(__dirname, '../../vango/test/fixtures/rows.cjs'),
      ]);
      const [, port] = await server.until(/open at (\d+)\s/);
      return { origin: `http://127.0.0.1:${port}`, stop: () => server.stop() };
    },
    SESSIONS,
    (...opened) => {
      [load, page] = opened;
    },
  );

  it('is collected young', async () => {
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
    expect(bytes / (EVENTS_PER_SECOND * SECONDS), 'bytes promoted per event').to.be.below(300);
  });
});
