import { expect } from 'chai';
import { CATALOGUE, type MetricDefinition } from '../../../src/metrics/catalogue';
import { DEFAULTS } from '../../../src/monitoring/options';
import { OTHER_METRICS } from '../../../src/monitoring/otherMetrics';
import { requirePart } from '../../../vango/test/support/requires';
import {
  dashboardModel,
  type PanelModel,
  queriesOf,
  runWith,
  substituted,
} from '../../support/monitoring';

const FAMILIES: readonly MetricDefinition[] = Object.values(CATALOGUE);
/** Units that Grafana has, of those that panels use. */
const GRAFANA_UNITS = ['short', 'percentunit', 's', 'ms', 'bytes', 'binBps', 'ops', 'cps'];
/** Words of expressions that are no metrics. */
const WORDS = new Set(
  'sum count max group rate increase histogram_quantile topk vector or unless offset by'.split(' '),
);

for (const [label, options] of [
  ['default names', DEFAULTS],
  ['other names', { ...DEFAULTS, namespace: 'myapp', subsystem: 'web' }],
] as const) {
  const prefix = label === 'default names' ? 'vango' : 'myapp_web';
  const dashboard = dashboardModel(options);
  const { panels, templating } = dashboard;
  const shown = panels.filter(({ type }) => type !== 'row');
  const asking = shown.filter(({ type }) => type !== 'alertlist');
  const queries = queriesOf(dashboard);
  const variable = (name: string) => templating.list.find(each => each.name === name);

  /** The names of metrics in an expression, and what else it is made of. */
  function parts(expr: string): { metrics: string[]; selectors: string[]; rest: string[] } {
    const selectors = [...expr.matchAll(/[\w:]*\{[^}]*\}/g)].map(([selector]) => selector);
    const rest = expr
      .replaceAll(/[\w:]*\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)/g, ' ')
      .replaceAll(/\boffset \w+/g, ' ');
    return {
      metrics: selectors.flatMap(selector => /^[\w:]+/.exec(selector) ?? []),
      selectors,
      rest: rest.match(/[a-zA-Z_]\w*/g) ?? [],
    };
  }

  describe(`the dashboard by the rules of Grafana's linter, ${label}`, () => {
    const requireVariable = (name: string, title: string): void => {
      expect(variable(name)).to.deep.include({
        type: 'query',
        label: title,
        datasource: { type: 'prometheus', uid: '$datasource' },
        multi: true,
        allValue: '.+',
      });
    };

    it('template-datasource-rule: one variable chooses the data source', () => {
      const sources = templating.list.filter(({ type }) => type === 'datasource');
      expect(sources.map(({ name, label: title, query }) => [name, title, query])).to.deep.equal([
        ['datasource', 'Data source', 'prometheus'],
      ]);
    });

    it('template-job-rule: a variable chooses jobs', () => requireVariable('job', 'Job'));

    it('template-instance-rule: a variable chooses instances', () =>
      requireVariable('instance', 'Instance'));

    it('template-label-promql-rule: variables ask for values of labels', () => {
      for (const { type, query } of templating.list) {
        if (type !== 'query' || typeof query === 'string') continue;
        expect(query.query).to.match(/^label_values\(\w+(\{[^}]*\})?, \w+\)$/);
      }
    });

    it('template-on-time-change-reload-rule: variables ask again for another time', () => {
      for (const { type, refresh, name } of templating.list)
        if (type === 'query') expect(refresh, name).to.equal(2);
    });

    it('panel-datasource-rule: panels ask the data source that was chosen', () => {
      for (const { title, datasource, targets = [] } of shown) {
        expect(datasource?.uid, title).to.equal('$datasource');
        for (const target of targets) expect(target.datasource.uid, title).to.equal('$datasource');
      }
    });

    it('panel-title-description-rule: panels have a title and a description', () => {
      for (const { title, description } of shown) {
        expect(title).to.not.equal('');
        expect(description ?? '', title).to.not.equal('');
      }
    });

    it('panel-units-rule: panels have a unit that Grafana knows', () => {
      for (const { title, fieldConfig } of shown)
        expect(GRAFANA_UNITS, title).to.include(fieldConfig?.defaults.unit);
    });

    it('panel-no-targets-rule: panels ask something', () => {
      for (const { title, targets = [] } of asking) expect(targets, title).to.not.deep.equal([]);
    });

    it('target-logql-rule, target-logql-auto-rule: nothing asks Loki', () => {
      for (const { datasource } of shown) expect(datasource?.type).to.equal('prometheus');
    });

    it('target-promql-rule: queries are valid', function () {
      requirePart(this, 'promtool');
      const recorded = queries.map(({ expr }, index) => ({
        record: `panel:${index}`,
        expr: substituted(expr),
      }));
      // JSON is YAML.
      const rules = JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] });
      const { status, output } = runWith({ 'r.yml': rules }, 'promtool', 'check', 'rules', 'r.yml');
      expect(status, output).to.equal(0);
      expect(output).to.include(`SUCCESS: ${queries.length} rules found`);
    });

    it('target-rate-interval-rule: rates are over $__rate_interval', () => {
      for (const { expr, panel } of queries) {
        for (const [, window] of expr.matchAll(/\bi?rate\([^[\]]*\[([^\]]*)\]/g))
          expect(window, panel.title).to.equal('$__rate_interval');
      }
    });

    for (const name of ['job', 'instance']) {
      it(`target-${name}-rule: all selectors have ${name}=~"$${name}"`, () => {
        for (const { expr, panel } of queries) {
          const { selectors, rest } = parts(expr);
          expect(selectors, panel.title).to.not.deep.equal([]);
          for (const selector of selectors) expect(selector).to.include(`${name}=~"$${name}"`);
          // What has no braces is no selector.
          expect([...WORDS], panel.title).to.include.members(rest);
        }
      });
    }

    it('target-counter-agg-rule: counters are under rate or increase', () => {
      for (const { expr, panel } of queries) {
        for (const [, before] of expr.matchAll(/(\w+\()?\w+_total\{[^}]*\}\[/g))
          expect(['rate(', 'irate(', 'increase('], panel.title).to.include(before);
        expect(expr, panel.title).to.not.match(/_total\{[^}]*\}(?!\[)/);
      }
    });

    it('uneditable-dashboard: nobody edits it by mistake', () =>
      expect(dashboard.editable).to.equal(false));
  });

  describe(`the dashboard, ${label}`, () => {
    it('has panels that do not overlap, and that fit the grid', () => {
      const isApart = ({ gridPos: a }: PanelModel, { gridPos: b }: PanelModel): boolean =>
        a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      for (const [index, panel] of panels.entries()) {
        expect(panel.gridPos.x + panel.gridPos.w, panel.title).to.be.at.most(24);
        for (const other of panels.slice(index + 1))
          expect(isApart(panel, other), `${panel.title} and ${other.title}`).to.equal(true);
      }
    });

    it('has a title and an id of its own for each panel', () => {
      expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length);
      expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    });

    const asked = [
      ...queries.flatMap(({ expr }) => parts(expr).metrics),
      ...dashboard.annotations.list.flatMap(({ expr }) => parts(expr).metrics),
    ];
    const nameIn = ({ prometheusName }: MetricDefinition): string =>
      prometheusName.replace(/^vango/, prefix);

    for (const family of FAMILIES) {
      it(`shows ${nameIn(family)}`, () => {
        const names =
          family.kind === 'histogram'
            ? ['_bucket', '_count', '_sum'].map(suffix => nameIn(family) + suffix)
            : [nameIn(family)];
        expect(asked).to.include.oneOf(names);
      });
    }

    it('asks for metrics of the catalogue, by labels that these have, and for known others', () => {
      const others: readonly string[] = Object.values(OTHER_METRICS).flat();
      for (const { expr, panel } of queries) {
        const named = parts(expr).metrics.filter(name => !others.includes(name));
        const found = FAMILIES.filter(family =>
          named.some(name => name.replace(/_(bucket|count|sum)$/, '') === nameIn(family)),
        );
        expect(found.map(nameIn), panel.title).to.include.members(
          named.map(name => name.replace(/_(bucket|count|sum)$/, '')),
        );
        if (named.length === 0) continue;
        const labels = ['le', 'job', 'instance', ...found.flatMap(f => f.labels.map(l => l.name))];
        const used = [...expr.matchAll(/\bby \(([^)]*)\)|(\w+)[=!]~?"/g)].flatMap(
          ([, grouped, matched]) => (grouped ?? matched ?? '').split(/, ?/),
        );
        expect(labels, `${panel.title}: ${expr}`).to.include.members(used);
      }
    });
  });
}
