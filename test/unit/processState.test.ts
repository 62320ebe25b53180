import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../src/version';

const ROOT = join(__dirname, '../..');

describe('a copy of this package beside one of another version', () => {
  it('stands aside with one line, and leaves the app as it is', () => {
    const script = `
      process.on('warning', ({ message }) => console.log(message));
      process.stderr.write = text => process.stdout.write(text);
      globalThis[Symbol.for('vango.otel.state')] = { version: 1, packageVersion: '0.0.9' };
      const telemetry = require('./src');
      const vango = require('./vango/src');
      const { dispatchEvent } = vango.Session.prototype;
      new telemetry.VangoInstrumentation();
      telemetry.instrument(vango);
      const app = vango.createApp();
      telemetry.attachPrometheus(app, app);
      let calls = 0;
      const result = telemetry.prometheus()({ event: { type: 'Click' } }, () => ++calls);
      console.log(JSON.stringify([
        dispatchEvent === vango.Session.prototype.dispatchEvent,
        app.metrics === vango.NOOP_METRICS,
        calls === 1 && result === 1,
        telemetry.getMetrics() === undefined,
      ]));`;
    const options = { cwd: ROOT, encoding: 'utf8' } as const;
    const lines = execFileSync(process.execPath, ['--require', 'tsx/cjs', '-e', script], options);
    expect(lines.trim().split('\n')).to.deep.equal([
      `[vango] telemetry: ${PACKAGE_NAME} ${PACKAGE_VERSION} stands aside, since another version ` +
        '(0.0.9) is loaded; install one version only',
      '[true,true,true,true]',
    ]);
  });
});
