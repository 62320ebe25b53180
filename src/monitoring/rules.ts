import { alerts } from './alerts';
import type { Alert, AlertUnit } from './alerts/alert';
import type { Kit } from './kit';
import { recordings } from './recordings';
import type { Yaml } from './yaml';

/** The groups of rules. Alerts that look at recordings come after these. */
export const GROUPS = ['vango recordings', 'vango alerts'] as const;

/** How Prometheus writes the value of an alert. */
const WRITTEN: Readonly<Record<AlertUnit, string>> = {
  share: '{{ $value | humanizePercentage }}',
  seconds: '{{ $value | humanizeDuration }}',
  milliseconds: '{{ printf "%.0f" $value }} ms',
  bytes: '{{ $value | humanize1024 }}B',
  number: '{{ $value | humanize }}',
};

/** The content of a file of rules. */
export function rules(kit: Kit): { readonly groups: Yaml } {
  return {
    groups: [
      { name: GROUPS[0], rules: recordings(kit).map(({ record, expr }) => ({ record, expr })) },
      { name: GROUPS[1], rules: alerts(kit).map(alert => alertRule(kit, alert)) },
    ],
  };
}

function alertRule(kit: Kit, alert: Alert): Yaml {
  const { name, severity, after, keep, expr, unit } = alert;
  return {
    alert: name,
    expr,
    for: after,
    keep_firing_for: keep,
    labels: { severity },
    annotations: annotations(kit, alert, part =>
      part === 'value' ? WRITTEN[unit] : `{{ $labels.${part} }}`,
    ),
  };
}

/**
 * What an alert says.
 *
 * @param written - How the value or a label is written in its texts.
 */
export function annotations(
  { options: { runbooks } }: Kit,
  { name, summary, description }: Alert,
  written: (part: string) => string,
): Readonly<Record<string, string>> {
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, part) => written(part));
  return {
    summary: fill(summary),
    description: fill(description),
    runbook_url: `${runbooks}#${name.toLowerCase()}`,
  };
}
