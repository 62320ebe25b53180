import { INHIBITIONS } from './inhibitions';
import type { Yaml } from './yaml';

/** Where pages and tickets go: an example. Notes go nowhere; dashboards show them. */
const RECEIVERS = {
  page: 'http://localhost:5001/page',
  ticket: 'http://localhost:5001/ticket',
} as const;

/** Alertmanager with a receiver for each severity, and alerts that hide others. */
export function alertmanagerConfig(): Yaml {
  return {
    route: {
      receiver: 'nobody',
      group_by: ['alertname', 'job'],
      routes: Object.keys(RECEIVERS).map(severity => ({
        receiver: severity,
        matchers: [`severity = ${severity}`],
      })),
    },
    inhibit_rules: INHIBITIONS.map(({ source, targets, equal }) => ({
      source_matchers: [`alertname = ${source}`],
      // An alert does not hide itself, even if it matches.
      target_matchers: [`alertname =~ "${targets === 'all' ? 'Vango.+' : targets.join('|')}"`],
      equal,
    })),
    receivers: [
      { name: 'nobody' },
      ...Object.entries(RECEIVERS).map(([name, url]) => ({ name, webhook_configs: [{ url }] })),
    ],
  };
}
