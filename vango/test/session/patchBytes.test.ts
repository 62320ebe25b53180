import { expect } from 'chai';
import { createApp, h, NOOP_METRICS, Session, signal } from '../../src';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

describe('what observers read of a session', () => {
  const { detach } = Session.prototype;
  afterEach(() => {
    Session.prototype.detach = detach;
  });

  it('has the bytes of its patch frames, also while its browser is away', async () => {
    let bytes = 0;
    const detached: string[] = [];
    Session.prototype.detach = function (socket) {
      detach.call(this, socket);
      detached.push(`${this.id} ${this.state}`);
    };
    const app = createApp({ logger: silentLogger() });
    app.setMetrics({
      ...NOOP_METRICS,
      recordPatchBytes(_, size) {
        bytes += size;
      },
    });
    app.page('/', () => {
      const count = signal(0);
      return h('button', { id: 'add', onClick: () => count.update(n => n + 1) }, `${count.value}`);
    });
    const { port } = await app.listen(0, '127.0.0.1');
    try {
      const page = await loadPage(`http://127.0.0.1:${port}`, '/');
      const client = await WireClient.connect(page.socketUrl);
      for (let i = 0; i < 3; i++) await client.click(page.hid('add'));
      client.drop();
      await waitFor('the detach', () => detached.length > 0);
      const [session] = app.sessions;
      expect(detached).to.deep.equal([`${session?.id} detached`]);
      expect(bytes).to.be.above(0);
      expect(session?.patchBytes).to.equal(bytes);
    } finally {
      await app.close();
    }
  });
});
