import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitoringFiles } from '../../src/monitoring/files';
import { DEFAULTS, type MonitoringOptions } from '../../src/monitoring/options';

/** Where the generated files are. */
export const MONITORING = resolve(__dirname, '../../monitoring');

/** A panel of the dashboard, as far as tests look at it. */
export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: ReadonlyArray<{
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }>;
}

/** The same of a dashboard. */
export interface DashboardModel {
  readonly title: string;
  readonly editable: boolean;
  readonly panels: readonly PanelModel[];
  readonly templating: {
    readonly list: ReadonlyArray<{
      readonly type: string;
      readonly name: string;
      readonly label: string;
      readonly query: string | { readonly query: string };
      readonly datasource?: { readonly uid: string };
      readonly refresh: number;
      readonly multi?: boolean;
      readonly allValue?: string;
    }>;
  };
  readonly annotations: { readonly list: ReadonlyArray<{ readonly expr: string }> };
}

export function dashboardModel(options: MonitoringOptions = DEFAULTS): DashboardModel {
  return JSON.parse(monitoringFiles(options)['dashboard.json'] as string) as DashboardModel;
}

/** All queries of panels, with the panel that asks. */
export function queriesOf(dashboard: DashboardModel): Array<{ panel: PanelModel; expr: string }> {
  return dashboard.panels.flatMap(panel =>
    (panel.targets ?? []).map(({ expr }) => ({ panel, expr })),
  );
}

/** A query with the variables of the dashboard replaced, as Grafana does. */
export function substituted(expr: string, rateInterval = '5m', range = rateInterval): string {
  return expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__range', range)
    .replaceAll(/\$(?:job|instance|path)/g, '.+');
}

/** Runs a program with files in a folder of their own. */
export function runWith(
  files: Readonly<Record<string, string>>,
  command: string,
  ...args: readonly string[]
): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'vango-monitoring-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
    });
    if (error !== undefined) throw error;
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
