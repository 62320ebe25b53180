import { expect } from 'chai';
import { alerts } from '../../src/monitoring/alerts';
import { monitoringFiles } from '../../src/monitoring/files';
import { kitOf } from '../../src/monitoring/kit';
import { DEFAULTS } from '../../src/monitoring/options';
import { requirePart } from '../../vango/test/support/requires';
import { runWith } from '../support/monitoring';

const OPTIONS = {
  'default names': DEFAULTS,
  'other names and objectives': {
    ...DEFAULTS,
    namespace: 'myapp',
    subsystem: 'web',
    errorObjective: 0.95,
    latencyBound: 1,
    latencyObjective: 0.95,
  },
};

for (const [label, options] of Object.entries(OPTIONS)) {
  describe(`promtool and the rules, ${label}`, function () {
    this.timeout(60_000);
    const files = monitoringFiles(options);
    const count = alerts(kitOf(options)).length;

    before(function () {
      requirePart(this, 'promtool');
    });

    it('finds nothing to lint', () => {
      const args = ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'];
      const { status, output } = runWith(files, 'promtool', ...args);
      expect(status, output).to.equal(0);
    });

    it('takes the configuration of Prometheus', () => {
      const { status, output } = runWith(files, 'promtool', 'check', 'config', 'prometheus.yml');
      expect(status, output).to.equal(0);
    });

    it(`sees ${count} alerts fire, with what they say, and stay silent`, () => {
      const { status, output } = runWith(files, 'promtool', 'test', 'rules', 'rules.test.yml');
      expect(status, output).to.equal(0);
      const tests = files['rules.test.yml'] as string;
      expect(tests.match(/^ {2}- name: \w+ fires$/gm)).to.have.length(count);
      expect(tests.match(/^ {2}- name: \w+ is silent$/gm)).to.have.length(count);
    });
  });
}

describe('amtool and the configuration of Alertmanager', () => {
  it('takes it', function () {
    requirePart(this, 'prometheus-alertmanager');
    const name = 'alertmanager.example.yml';
    const { status, output } = runWith(monitoringFiles(DEFAULTS), 'amtool', 'check-config', name);
    expect(status, output).to.equal(0);
  });
});
