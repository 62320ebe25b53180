import { expect } from 'chai';
import { CounterServer } from '../support/counterServer';
import { attack, HostileInputs } from '../support/hostileInputs';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

const SEED = 20261125;
const INPUTS = 5000;

describe('a server', () => {
  let server: CounterServer;
  let page: LoadedPage;

  before(async () => {
    server = await CounterServer.start();
    page = await loadPage(server.origin, '/');
  });
  after(() => server?.stop());

  it(`and its session survive ${INPUTS.toLocaleString('en')} hostile request lines, upgrades, hellos and frames`, async () => {
    const bystander = await WireClient.connect(page.socketUrl);
    const { inputs, statuses } = await attack(server.origin, new HostileInputs(SEED), INPUTS, 16);
    expect(inputs).to.be.at.least(INPUTS);
    // Each kind of answer occurs, but no internal error.
    expect(Object.keys(statuses)).to.include.members(['101', '200', '400', '403', '404', '405']);
    expect(statuses, `seed ${SEED}`).not.to.have.any.keys('500', '503');
    await bystander.click(page.hid('add'));
    expect(bystander.patches).to.deep.equal([{ op: 1, hid: page.hid('add'), value: '1' }]);
    expect([bystander.errors, bystander.controls, bystander.closed]).to.deep.equal([
      [],
      [],
      undefined,
    ]);
    bystander.drop();
  });
});
