import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import type { ClientEvent } from '../../vango/src/protocol';
import { stopChildren } from '../../vango/test/support/child';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from '../support/otlpReceiver';
import type { ReceivedSpan } from '../support/received';
import { Shop } from '../support/shop';

const ROOT = resolve(__dirname, '../..');
const MAIN = join(ROOT, 'examples/shop/build/main.js');

/** Each element of the shop that has a handler, and its names in the source. */
const HANDLERS: ReadonlyArray<
  [
    path: string,
    id: string,
    component: string,
    name: string,
    event?: ClientEvent['type'],
    data?: ClientEvent['data'],
  ]
> = [
  ['/', 'search', 'Home', 'Home.onInput', 'Input', 'cup'],
  ['/', 'add-kettle', 'Home', 'Home.onClick'],
  ['/', 'report', 'Home', 'Home.onClick'],
  ['/products/kettle', 'add', 'ProductPage', 'ProductPage.onClick'],
  ['/checkout', 'order', 'Checkout', 'submit', 'Submit', [['name', '']]],
  ['/faults', 'slow', 'Faults', 'Faults.onClick'],
  ['/faults', 'failure', 'Faults', 'Faults.onClick'],
  ['/faults', 'late-write', 'Faults', 'Faults.onClick'],
  ['/faults', 'large-note', 'Faults', 'Faults.onClick'],
  ['/faults', 'small-note', 'Faults', 'Faults.onClick'],
  ['/faults', 'lost-element', 'Faults', 'Faults.onClick'],
];

describe('spans of events in the shop', function () {
  this.timeout(60_000);
  let receiver: OtlpReceiver;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vango-shop-'));
    receiver = await OtlpReceiver.start();
  });
  afterEach(async () => {
    await stopChildren();
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Fires each handler, and returns the spans in order. */
  async function spansOf(main: string): Promise<ReceivedSpan[]> {
    const env = {
      ...receiver.traceEnvironment,
      NODE_PATH: join(ROOT, 'node_modules'),
      SHOP_SESSIONS: folder,
    };
    const preloads = ['@vango/opentelemetry/register'];
    const shop = await Shop.start(env, { node: process.execPath, cwd: undefined, main, preloads });
    const spans: ReceivedSpan[] = [];
    for (const [path, id, , , type = 'Click', data] of HANDLERS) {
      const page = await loadPage(`http://localhost:${shop.port}`, path);
      const client = await WireClient.connect(page.socketUrl);
      client.event(type, page.hid(id), data);
      const span = await waitFor(`the span of ${path} ${id}`, () =>
        receiver.spans.find(
          ({ attributes }) =>
            attributes['vango.event_type'] === type &&
            attributes['session.id'] === client.hello?.sessionId,
        ),
      );
      spans.push(span);
      await client.close();
    }
    return spans;
  }
  const namesIn = ({ attributes }: ReceivedSpan): unknown[] => [
    attributes['vango.component'],
    attributes['code.function.name'],
  ];

  it('name the component and the handler as its source does', async () => {
    const spans = await spansOf(MAIN);
    expect(spans.map(namesIn)).to.deep.equal(
      HANDLERS.map(([, , component, name]) => [component, name]),
    );
  });

  it('name some component and handler when the code is minified', async () => {
    const outfile = join(folder, 'shop.js');
    buildSync({
      entryPoints: [MAIN],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      external: ['pino', 'redis'],
      logLevel: 'error',
    });
    for (const span of await spansOf(outfile)) {
      const [component, name] = namesIn(span);
      expect(component).to.match(/^[\w$]+$/);
      expect(name).to.match(/^([\w$]+\.on(Click|Input)|[\w$]+)$/);
    }
  });
});
