import { connect } from 'node:net';
import { expect } from 'chai';
import { Child, stopChildren } from '../../vango/test/support/child';
import { LiveClient } from '../support/liveClient';
import { REGISTER } from '../support/suites';

describe('a process with a live view', function () {
  this.timeout(30_000);
  let ending: Child;
  let signalled: Child;

  before(() => {
    ending = start(`
      const server = require('node:net').createServer(socket => {
        socket.destroy();
        server.close();
      });
      server.listen(0, '127.0.0.1', () => console.log('ends at', server.address().port));`);
    signalled = start('setInterval(() => {}, 1000)', { OTEL_LOG_LEVEL: 'debug' });
  });
  after(stopChildren);

  function start(code: string, env: Record<string, string> = {}): Child {
    return new Child(
      process.execPath,
      [...REGISTER, '-e', `require('vango').createApp(); ${code}`],
      {
        env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
      },
    );
  }

  async function watch(child: Child): Promise<LiveClient<unknown>> {
    const [, url = ''] = await child.until(/live view: (\S+)/);
    const view = await LiveClient.open(url, 'overview/minute');
    await view.until('a frame', () => true);
    return view;
  }

  it('ends when it has nothing left to do, although a page is open', async () => {
    const view = await watch(ending);
    const [, port] = await ending.until(/ends at (\d+)/);
    const last = connect(Number(port), '127.0.0.1');
    const { code } = await ending.exit(8000);
    expect(code).to.equal(0);
    last.destroy();
    view.close();
  });

  it('ends at a signal, although a page is open, and writes its token once', async () => {
    const view = await watch(signalled);
    const [, token = ''] = /token=(\S+)/.exec(signalled.output) ?? [];
    signalled.signal('SIGTERM');
    const { signal } = await signalled.exit(8000);
    expect(signal).to.equal('SIGTERM');
    expect(signalled.output.split(token)).to.have.length(2);
    view.close();
  });
});
