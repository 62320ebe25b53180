import type { Kit } from './kit';
import { OTHER_METRICS } from './otherMetrics';
import { panelModel } from './panelModel';
import { rows } from './panels';

/** Grafana's grid has so many columns. */
const COLUMNS = 24;
/** The height of all panels, in rows of the grid. */
const HEIGHT = 8;
const STAT_HEIGHT = 5;

/** The data source that is chosen at the top of the dashboard. */
const SOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** The dashboard as Grafana imports it. */
export function dashboard(kit: Kit, note: string): object {
  const { panels: promql } = kit;
  const isDefault = promql.prefix === 'vango';
  return {
    uid: `${promql.prefix.replaceAll('_', '-')}-overview`.slice(0, 40),
    title: isDefault ? 'Vango' : `Vango: ${promql.prefix}`,
    description: `How an application of Vango behaves. ${note}`,
    tags: ['vango', 'opentelemetry'],
    schemaVersion: 42,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [],
    templating: { list: variables(kit) },
    annotations: { list: [deploys(kit)] },
    panels: place(kit),
  };
}

/** Places panels row by row, from left to right. */
function place(kit: Kit): object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows(kit)) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
      panels: [],
    });
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      const h = panel.kind === 'stat' ? STAT_HEIGHT : HEIGHT;
      placed.push({
        id: placed.length + 1,
        gridPos: { x, y, w: panel.width, h },
        datasource: SOURCE,
        ...panelModel(panel, SOURCE),
      });
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}

/** What is chosen at the top: where, and what of it. */
function variables({ panels }: Kit): object[] {
  const sessions = panels.name('sessionsActive');
  const events = panels.name('events');
  const chosen = 'job=~"$job",instance=~"$instance"';
  return [
    {
      type: 'datasource',
      name: 'datasource',
      label: 'Data source',
      query: 'prometheus',
      refresh: 1,
      hide: 0,
    },
    query('job', 'Job', `label_values(${sessions}, job)`),
    query('instance', 'Instance', `label_values(${sessions}{job=~"$job"}, instance)`),
    query('path', 'Route', `label_values(${events}{${chosen}}, path)`),
  ];
}

function query(name: string, label: string, expression: string): object {
  return {
    type: 'query',
    name,
    label,
    datasource: SOURCE,
    query: { query: expression, refId: name },
    definition: expression,
    // When the time range changes.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
    hide: 0,
  };
}

/** A mark where a version is seen for the first time. */
function deploys({ panels }: Kit): object {
  const [target] = OTHER_METRICS.target;
  const running = (offset: string): string =>
    panels.group('group', ['job', 'service_version'], `${panels.foreign(target)}${offset}`);
  return {
    name: 'Deploys',
    datasource: SOURCE,
    enable: true,
    hide: false,
    iconColor: 'purple',
    expr: `${running('')} unless ${running(' offset 5m')}`,
    step: '60s',
    titleFormat: 'Deploy of {{job}}',
    textFormat: '{{service_version}}',
    tagKeys: 'job,service_version',
  };
}
