import { expect } from 'chai';
import { stopChildren } from '../../vango/test/support/child';
import { requirePart } from '../../vango/test/support/requires';
import { waitFor } from '../../vango/test/support/wait';
import { loadPage, WireClient } from '../../vango/test/support/wireClient';
import { Prometheus } from '../support/prometheus';
import { Shop } from '../support/shop';

const ERRORS = 'vango_event_errors_total{path="/",error_type="internal"}';

describe('a real Prometheus', function () {
  this.timeout(60_000);
  afterEach(stopChildren);

  it('sees the increase of the first click that fails', async function () {
    requirePart(this, 'prometheus');
    const shop = await Shop.start();
    const prometheus = await Prometheus.start(`localhost:${shop.metricsPort}`);
    try {
      const page = await loadPage(`http://localhost:${shop.port}`, '/');
      const client = await WireClient.connect(page.socketUrl);
      expect(await prometheus.query(ERRORS)).to.equal(0);
      client.event('Click', page.hid('report'));
      await client.until(() => client.errors.length === 1);
      const increase = await waitFor('the increase', () =>
        prometheus.query(`increase(${ERRORS}[5m])`),
      );
      expect(increase).to.be.above(0);
    } finally {
      await prometheus.stop();
    }
  });
});
