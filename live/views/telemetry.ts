import type { Telemetry } from '../../src/live/wire';
import { setText } from '../dom';
import { count } from '../format';
import { card, note, page } from '../layout';
import { Table } from '../table';
import type { View } from '../view';

type Usage = Telemetry['labels'][number];

interface Failures {
  readonly where: string;
  readonly failures: number;
}

/** What telemetry says of itself. */
export class TelemetryView implements View<Telemetry> {
  readonly element: HTMLElement;
  private readonly labels = new Table<Usage>(
    'Open labels and their caps',
    'No metric was recorded. A label appears here with its first value.',
    [
      { title: 'Label', text: ({ label }) => label, isCode: true },
      { title: 'Values', text: ({ values }) => count(values), isNumeric: true },
      { title: 'Cap', text: ({ cap }) => count(cap), isNumeric: true },
      {
        title: 'State',
        text: usage => (isFull(usage) ? 'at its cap: others become _other' : 'has room'),
        isBad: isFull,
      },
    ],
    ({ label }) => label,
  );
  private readonly failures = new Table<Failures>(
    'Failures of telemetry itself',
    'None.',
    [
      { title: 'Where', text: ({ where }) => where, isCode: true },
      {
        title: 'Failures',
        text: ({ failures }) => count(failures),
        isNumeric: true,
        isBad: ({ failures }) => failures > 0,
      },
    ],
    ({ where }) => where,
  );
  private readonly warnings = new Table<string>(
    'Warnings',
    'None. What telemetry could not do as it is configured appears here.',
    [{ title: 'Warning', text: text => text, isBad: () => true }],
    text => text,
  );
  private readonly version = note();

  constructor() {
    this.element = page(
      'Telemetry',
      [this.version],
      card(
        'Open labels and their caps',
        note('Labels whose values come from the application, and how many each may have.'),
        this.labels.element,
      ),
      card(
        'Failures of telemetry itself',
        note('Since the start. The application ran on.'),
        this.failures.element,
      ),
      card('Warnings', this.warnings.element),
    );
  }

  show(all: readonly Telemetry[]): void {
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

function isFull({ values, cap }: Usage): boolean {
  return values >= cap;
}
