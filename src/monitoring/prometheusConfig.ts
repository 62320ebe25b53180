import type { Yaml } from './yaml';

/** Prometheus for one process on this machine, with the rules and an Alertmanager. */
export function prometheusConfig(rulesFile: string): Yaml {
  return {
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['localhost:9093'] }] }] },
    scrape_configs: [{ job_name: 'vango', static_configs: [{ targets: ['localhost:9464'] }] }],
  };
}
