import type { ProcessAnswer, Telemetry } from '../../src/live/wire';
import { h, setText } from '../dom';
import { count } from '../format';
import { Table } from '../table';
import { dataOf, type View } from '../view';

interface Usage {
  readonly label: string;
  readonly values: number;
  readonly cap: number;
}

interface Failures {
  readonly where: string;
  readonly failures: number;
}

/** What telemetry says of itself. */
export class TelemetryView implements View {
  readonly element: HTMLElement;
  private readonly labels = new Table<Usage>(
    'Open labels and their caps',
    'No metric was recorded.',
    [
      { title: 'Label', text: ({ label }) => label, isCode: true },
      { title: 'Values', text: ({ values }) => count(values), isNumeric: true },
      { title: 'Cap', text: ({ cap }) => count(cap), isNumeric: true },
      {
        title: 'State',
        text: ({ values, cap }) =>
          values >= cap ? 'at its cap: others become _other' : 'has room',
      },
    ],
    ({ label }) => label,
  );
  private readonly failures = new Table<Failures>(
    'Failures of telemetry itself',
    'None.',
    [
      { title: 'Where', text: ({ where }) => where, isCode: true },
      { title: 'Failures', text: ({ failures }) => count(failures), isNumeric: true },
    ],
    ({ where }) => where,
  );
  private readonly warnings = new Table<string>(
    'Warnings',
    'None.',
    [{ title: 'Warning', text: text => text }],
    text => text,
  );
  private readonly version = h('p', { class: 'note' });

  constructor() {
    this.element = h(
      'div',
      {},
      h('div', { class: 'head' }, h('h1', {}, 'Telemetry'), this.version),
      card('Open labels and their caps', this.labels.element),
      card('Failures of telemetry itself', this.failures.element),
      card('Warnings', this.warnings.element),
    );
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const all = dataOf<Telemetry>(answers);
    const labels = new Map<string, Usage>();
    const failures = new Map<string, number>();
    for (const telemetry of all) {
      // Each process has its own values: the one with most of them is shown.
      for (const usage of telemetry.labels)
        if (usage.values >= (labels.get(usage.label)?.values ?? 0)) labels.set(usage.label, usage);
      for (const [where, number] of Object.entries(telemetry.failures))
        failures.set(where, (failures.get(where) ?? 0) + number);
    }
    this.labels.show([...labels.values()]);
    this.failures.show([...failures].map(([where, number]) => ({ where, failures: number })));
    this.warnings.show([...new Set(all.flatMap(({ warnings }) => warnings))]);
    setText(this.version, `@vango/opentelemetry ${all[0]?.version ?? ''}`);
  }
}

function card(title: string, ...children: HTMLElement[]): HTMLElement {
  return h('section', { class: 'card' }, h('h2', {}, title), ...children);
}
