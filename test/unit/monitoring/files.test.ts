import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CATALOGUE, type MetricId } from '../../../src/metrics/catalogue';
import { Instruments } from '../../../src/metrics/instruments';
import { alerts } from '../../../src/monitoring/alerts';
import { monitoringFiles } from '../../../src/monitoring/files';
import { INHIBITIONS } from '../../../src/monitoring/inhibitions';
import { kitOf } from '../../../src/monitoring/kit';
import { isOurs } from '../../../src/monitoring/mark';
import { DEFAULTS } from '../../../src/monitoring/options';
import { VangoPrometheusExporter } from '../../../src/prometheus';
import { MONITORING } from '../../support/monitoring';
import { Scrape, textOf } from '../../support/prometheus';

const NAMES = alerts(kitOf(DEFAULTS)).map(({ name }) => name);

describe('the files of monitoring/', () => {
  const files = monitoringFiles(DEFAULTS);

  it('are those that are generated', () =>
    expect(readdirSync(MONITORING).sort()).to.deep.equal(Object.keys(files).sort()));

  for (const [name, text] of Object.entries(files)) {
    it(`${name} is up to date`, () => {
      const lines = readFileSync(join(MONITORING, name), 'utf8').split('\n');
      const stale = text.split('\n').filter(line => !lines.includes(line));
      expect(stale, 'run npm run monitoring').to.deep.equal([]);
      expect(lines.join('\n'), 'run npm run monitoring').to.equal(text);
    });

    it(`${name} is marked as ours, until somebody changes it`, () => {
      expect(isOurs(text)).to.equal(true);
      expect(isOurs(text.replaceAll('\n', '\r\n')), 'as Git checks it out on Windows').to.equal(
        true,
      );
      expect(isOurs(text.replace('vango', 'vangu'))).to.equal(false);
      expect(isOurs('')).to.equal(false);
    });
  }
});

describe('alerts', () => {
  it('have a name of their own', () => expect(new Set(NAMES).size).to.equal(NAMES.length));

  for (const alert of alerts(kitOf(DEFAULTS))) {
    it(`${alert.name}: a value in its description, and labels that its test has`, () => {
      expect(alert.description).to.include('{value}');
      const parts = [...`${alert.summary} ${alert.description}`.matchAll(/\{(\w+)\}/g)];
      expect(['value', ...Object.keys(alert.fires.labels)]).to.include.members(
        parts.map(([, part]) => part),
      );
    });
  }

  it('hide alerts that exist', () => {
    for (const { source, targets } of INHIBITIONS)
      expect(NAMES).to.include.members([source, ...(targets === 'all' ? [] : targets)]);
  });
});

describe('names of metrics', () => {
  for (const [namespace, subsystem] of [
    ['vango', ''],
    ['myapp', 'web'],
    ['my__app', ''],
    ['app_', 'a_'],
  ] as const) {
    it(`are those that the exporter writes for ${namespace} and ${subsystem || 'nothing'}`, async () => {
      const { rules } = kitOf({ ...DEFAULTS, namespace, subsystem });
      const exporter = new VangoPrometheusExporter({ preventServerStart: true });
      const provider = new MeterProvider({ readers: [exporter] });
      const naming = { namespace, subsystem, buckets: [1] };
      const instruments = new Instruments(provider.getMeter('m'), naming, (result, gauges) => {
        for (const gauge of gauges.values()) result.observe(gauge, 1);
      });
      const ids = Object.keys(CATALOGUE) as MetricId[];
      for (const id of ids) instruments.add(id, 1, {});
      for (const id of ids) instruments.record(id, 1, {}, ROOT_CONTEXT);
      const { types } = new Scrape(await textOf(exporter));
      expect([...types.keys()]).to.include.members(ids.map(id => rules.name(id)));
      await provider.shutdown();
    });
  }
});

describe('the files for the operator of Prometheus', () => {
  const files = monitoringFiles(DEFAULTS, 'prometheus-operator');

  it('have the same rules and dashboard', () => {
    const { spec } = parse(files['prometheusrule.yml'] as string);
    const { groups } = parse(monitoringFiles(DEFAULTS)['rules.yml'] as string);
    expect(spec.groups).to.deep.equal(groups);
    expect(files['dashboard.json']).to.equal(monitoringFiles(DEFAULTS)['dashboard.json']);
  });

  it('are of the kinds that it knows', () => {
    const kinds = ['prometheusrule.yml', 'podmonitor.yml'].map(name => {
      const { apiVersion, kind } = parse(files[name] as string);
      return [apiVersion, kind];
    });
    expect(kinds).to.deep.equal([
      ['monitoring.coreos.com/v1', 'PrometheusRule'],
      ['monitoring.coreos.com/v1', 'PodMonitor'],
    ]);
  });
});
