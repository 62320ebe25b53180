import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { LiveClient } from '../support/liveClient';

const REGISTER = ['--require', '@vango/opentelemetry/register'];

describe('a process with a live view', function () {
  this.timeout(30_000);
  after(stopChildren);

  const start = (code: string, env: Record<string, string> = {}): Child =>
    new Child(process.execPath, [...REGISTER, '-e', `require('vango'); ${code}`], {
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
    });

  async function watch(child: Child): Promise<LiveClient<unknown>> {
    const [, url = ''] = await child.until(/live view: (\S+)/);
    const view = await LiveClient.open(url, 'overview/minute');
    await view.until('a frame', () => true);
    return view;
  }

  it('ends when it has nothing left to do, although a page is open', async () => {
    const child = start('process.stdin.resume(); setTimeout(() => process.stdin.pause(), 1500)');
    const view = await watch(child);
    const { code } = await child.exit(8000);
    expect(code).to.equal(0);
    view.close();
  });

  it('ends at a signal, although a page is open', async () => {
    const child = start('setInterval(() => {}, 1000)');
    const view = await watch(child);
    child.signal('SIGTERM');
    const { signal } = await child.exit(8000);
    expect(signal).to.equal('SIGTERM');
    view.close();
  });

  it('writes its token once', async () => {
    const child = start('setInterval(() => {}, 1000)', { OTEL_LOG_LEVEL: 'debug' });
    const view = await watch(child);
    const [, token = ''] = /token=(\S+)/.exec(child.output) ?? [];
    expect(child.output.split(token)).to.have.length(2);
    view.close();
  });
});
