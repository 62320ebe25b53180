import { alertmanagerConfig } from './alertmanagerConfig';
import { dashboard } from './dashboard';
import { kitOf } from './kit';
import { signed, UNSIGNED } from './mark';
import type { MonitoringOptions } from './options';
import { prometheusConfig } from './prometheusConfig';
import { rules } from './rules';
import { ruleTests } from './ruleTests';
import { toYaml, type Yaml } from './yaml';

export const FORMATS = ['prometheus', 'prometheus-operator'] as const;
/** For whom the files are: a Prometheus with files, or its operator on Kubernetes. */
export type Format = (typeof FORMATS)[number];

const RULES = 'rules.yml';

/** All files of the monitoring kit by name. */
export function monitoringFiles(
  options: MonitoringOptions,
  format: Format = 'prometheus',
): Record<string, string> {
  const kit = kitOf(options);
  const ruleFiles: Record<Format, Record<string, Yaml>> = {
    prometheus: {
      [RULES]: rules(kit),
      'rules.test.yml': ruleTests(kit, RULES),
      'prometheus.yml': prometheusConfig(RULES),
    },
    'prometheus-operator': {
      'prometheusrule.yml': {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: 'vango' },
        spec: { groups: rules(kit).groups },
      },
      'podmonitor.yml': {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'vango' },
        spec: {
          selector: { matchLabels: { app: 'my-app' } },
          podMetricsEndpoints: [{ port: 'metrics', interval: '15s' }],
        },
      },
    },
  };
  const documents = { ...ruleFiles[format], 'alertmanager.example.yml': alertmanagerConfig() };
  const files = {
    'dashboard.json': `${JSON.stringify(dashboard(kit, UNSIGNED), null, 2)}\n`,
    ...Object.fromEntries(
      Object.entries(documents).map(([name, document]) => [
        name,
        `# ${UNSIGNED}\n${toYaml(document)}`,
      ]),
    ),
  };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, signed(text)]));
}
