import { alerts } from './alerts';
import type { Alert, AlertCase } from './alerts/alert';
import type { Kit } from './kit';
import { annotations, GROUPS } from './rules';
import type { Yaml } from './yaml';

/** The content of a file for `promtool test rules`: for each alert, a case that fires, and none. */
export function ruleTests(kit: Kit, rulesFile: string): Yaml {
  return {
    rule_files: [rulesFile],
    // As coarse as the cases allow: they last hours.
    evaluation_interval: '5m',
    // Otherwise groups are evaluated in random order.
    group_eval_order: GROUPS,
    tests: alerts(kit).flatMap(alert => [
      test(alert, `${alert.name} fires`, alert.fires, [firing(kit, alert)]),
      test(alert, `${alert.name} is silent`, alert.silent, []),
    ]),
  };
}

function test({ name }: Alert, title: string, { series, at }: AlertCase, expected: Yaml[]): Yaml {
  return {
    name: title,
    interval: '1m',
    input_series: Object.entries(series).map(([selector, values]) => ({
      series: selector,
      values,
    })),
    alert_rule_test: [{ eval_time: at, alertname: name, exp_alerts: expected }],
  };
}

function firing(kit: Kit, alert: Alert): Yaml {
  const { severity, fires } = alert;
  const { labels, value } = fires;
  return {
    exp_labels: { severity, ...labels },
    exp_annotations: annotations(kit, alert, part =>
      part === 'value' ? value : (labels[part] ?? ''),
    ),
  };
}
