import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect } from 'chai';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '../..');

/** A test file that renders a page with an instrumentation, and returns what it recorded. */
const TEST_FILE = `
  const { context, trace } = require('@opentelemetry/api');
  const sdk = require('@opentelemetry/sdk-trace-base');
  const { VangoInstrumentation } = require('./src');
  const exporter = new sdk.InMemorySpanExporter();
  const instrumentation = new VangoInstrumentation();
  const spanProcessors = [new sdk.SimpleSpanProcessor(exporter)];
  instrumentation.setTracerProvider(new sdk.BasicTracerProvider({ spanProcessors }));
  const { createApp, h } = require('./vango/src');
  exports.visit = async () => {
    const app = createApp({ logger: { error() {}, warn() {}, info() {} } });
    app.page('/', () => h('p', null, 'here'));
    const { port } = await app.listen(0, '127.0.0.1');
    await (await fetch('http://127.0.0.1:' + port + '/')).text();
    await app.close();
  };
  exports.spans = () => exporter.getFinishedSpans().map(({ name }) => name);
  exports.disable = () => instrumentation.disable();
`;

interface TestFile {
  visit(): Promise<void>;
  spans(): string[];
  disable(): void;
}

/** Runs code as Jest does: with its own global object and modules, but shared core modules. */
function runInSandbox(code: string): TestFile {
  const sandbox = createContext({});
  const intrinsics = new Set(
    runInContext('Object.getOwnPropertyNames(globalThis)', sandbox) as string[],
  );
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (intrinsics.has(name) || name === 'globalThis') continue;
    Object.defineProperty(sandbox, name, {
      value: Reflect.get(globalThis, name),
      configurable: true,
      writable: true,
    });
  }
  const module = { exports: {} as TestFile };
  const run = runInContext(`(function (module, exports, require, __dirname) {${code}\n})`, sandbox);
  run(module, module.exports, createRequire(join(ROOT, 'package.json')), ROOT);
  return module.exports;
}

describe('instrumentations of test files that share a process', () => {
  let code: string;
  const files: TestFile[] = [];

  before(() => {
    const { outputFiles } = buildSync({
      stdin: { contents: TEST_FILE, resolveDir: ROOT },
      bundle: true,
      platform: 'node',
      write: false,
    });
    code = outputFiles[0]?.text as string;
  });
  afterEach(() => {
    for (const file of files.splice(0)) file.disable();
  });
  function load(): TestFile {
    const file = runInSandbox(code);
    files.push(file);
    return file;
  }

  it('leave nothing behind once their instrumentation is disabled', async () => {
    const { channel } = await import('node:diagnostics_channel');
    const before = channel('vango:loaded').hasSubscribers;
    const first = load();
    expect(channel('vango:loaded').hasSubscribers).to.equal(true);
    first.disable();
    expect(channel('vango:loaded').hasSubscribers).to.equal(before);
  });

  it('each trace the vango of their own file', async () => {
    const first = load();
    const second = load();
    await first.visit();
    await second.visit();
    expect([first.spans(), second.spans()]).to.deep.equal([['vango.ssr'], ['vango.ssr']]);
    second.disable();
    await second.visit();
    await first.visit();
    expect([first.spans(), second.spans()]).to.deep.equal([
      ['vango.ssr', 'vango.ssr'],
      ['vango.ssr'],
    ]);
  });
});
