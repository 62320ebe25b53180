import type {
  AlertsPanel,
  HeatmapPanel,
  LinesPanel,
  Panel,
  Query,
  StatPanel,
  TablePanel,
} from './panels/panel';

/** Where a panel asks. */
type Source = { readonly type: string; readonly uid: string };

/** A panel in Grafana's words. */
export function panelModel(panel: Panel, source: Source): object {
  const { title, description } = panel;
  return { title, description, ...model(panel, source) };
}

function model(panel: Panel, source: Source): object {
  switch (panel.kind) {
    case 'timeseries':
      return linesModel(panel, source);
    case 'heatmap':
      return heatmapModel(panel, source);
    case 'table':
      return tableModel(panel, source);
    case 'alertlist':
      return alertsModel(panel);
    default:
      return statModel(panel, source);
  }
}

function statModel({ kind, unit, query, warn }: StatPanel, source: Source): object {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  return {
    type: kind,
    fieldConfig: {
      defaults: {
        unit,
        ...(kind === 'gauge' && { min: 0, max: 1 }),
        thresholds: { mode: 'absolute', steps: steps(warn) },
      },
      overrides: [],
    },
    options:
      kind === 'gauge'
        ? { reduceOptions, showThresholdLabels: false, showThresholdMarkers: true }
        : { reduceOptions, colorMode: 'value', graphMode: 'area', textMode: 'value' },
    targets: [target(query, 'A', source)],
  };
}

/** Colours, from the lowest value up. */
function steps(warn: StatPanel['warn']): object[] {
  if (warn === undefined) return [{ color: 'green', value: null }];
  const [yellow, red] = warn;
  return yellow < red
    ? [
        { color: 'green', value: null },
        { color: 'yellow', value: yellow },
        { color: 'red', value: red },
      ]
    : [
        { color: 'red', value: null },
        { color: 'yellow', value: red },
        { color: 'green', value: yellow },
      ];
}

function linesModel({ unit, queries, stacked }: LinesPanel, source: Source): object {
  return {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: stacked ? 30 : 5,
          showPoints: 'auto',
          spanNulls: false,
          stacking: { group: 'A', mode: stacked ? 'normal' : 'none' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map((query, index) => target(query, refId(index), source)),
  };
}

function heatmapModel({ unit, query }: HeatmapPanel, source: Source): object {
  return {
    type: 'heatmap',
    fieldConfig: { defaults: { unit, custom: {} }, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: false },
      yAxis: { axisPlacement: 'left', unit },
    },
    targets: [{ ...target(query, 'A', source), format: 'heatmap' }],
  };
}

function tableModel({ unit, label, columns, sets, sortBy }: TablePanel, source: Source): object {
  const named = columns.map((column, index) => ({ ...column, value: `Value #${refId(index)}` }));
  return {
    type: 'table',
    fieldConfig: {
      defaults: { unit, custom: { align: 'auto' } },
      overrides: [
        ...named.map(column => ({
          matcher: { id: 'byName', options: column.title },
          properties: [{ id: 'unit', value: column.unit }],
        })),
        linkOverride(label, sets),
      ],
    },
    options: {
      showHeader: true,
      cellHeight: 'sm',
      sortBy: [{ displayName: sortBy, desc: true }],
    },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(
            [label, ...named.map(({ value }) => value)].map((name, index) => [name, index]),
          ),
          renameByName: Object.fromEntries(named.map(({ title, value }) => [value, title])),
        },
      },
    ],
    targets: columns.map(({ title, expr }, index) => ({
      ...target({ expr, legend: title }, refId(index), source),
      format: 'table',
      instant: true,
      range: false,
    })),
  };
}

/** A click on the label's value chooses it. */
function linkOverride(label: string, variable: string): object {
  return {
    matcher: { id: 'byName', options: label },
    properties: [
      {
        id: 'links',
        value: [
          {
            title: 'Show this one alone',
            url: `?\${__url_time_range}&\${datasource:queryparam}&var-${variable}=\${__value.text}`,
          },
        ],
      },
    ],
  };
}

function alertsModel({ unit }: AlertsPanel): object {
  return {
    type: 'alertlist',
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: {
      viewMode: 'list',
      groupMode: 'default',
      maxItems: 20,
      sortOrder: 1,
      alertName: 'Vango',
      dashboardAlerts: false,
      datasource: '$datasource',
      alertInstanceLabelFilter: '{job=~"$job"}',
      stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true },
    },
  };
}

function target({ expr, legend, exemplars }: Query, ref: string, source: Source): object {
  return {
    refId: ref,
    datasource: source,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    range: true,
    ...(exemplars && { exemplar: true }),
  };
}

/** A, B, C and so on. */
function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
