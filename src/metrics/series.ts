import type { Attributes } from '@opentelemetry/api';
import type { LabelDefinition, MetricDefinition } from './catalogue';
import { type LabelGuard, OTHER } from './labelGuard';

/** One series: its label values, its attributes (built once) and, for counters, its total. */
export interface Cell {
  readonly values: readonly string[];
  attributes: Attributes;
  total: number;
}

type Level = Map<string, Level | Cell>;

/** All series of one metric, each found by its label values. */
export class SeriesTable {
  readonly cells: Cell[] = [];
  private root: Level | Cell;

  constructor(
    private readonly definition: MetricDefinition,
    private readonly guards: ReadonlyMap<string, LabelGuard>,
    private constLabels: Attributes,
  ) {
    this.root = definition.labels.length === 0 ? this.newCell([]) : new Map();
    // Series that are known beforehand exist from the start, so that the first failure is an increase.
    if (definition.kind === 'counter') this.openClosedSeries(definition.labels, []);
  }

  /** The series of these label values, in the order of the definition. */
  cell(first?: string, second?: string, third?: string): Cell {
    let at = this.root;
    if (first !== undefined) at = (at as Level).get(first) ?? this.add([first, second, third]);
    if (second !== undefined && at instanceof Map) at = at.get(second) ?? this.add([first, second, third]);
    if (third !== undefined && at instanceof Map) at = at.get(third) ?? this.add([first, second, third]);
    return at as Cell;
  }

  /** Gives all series other constant labels. */
  relabel(constLabels: Attributes): void {
    this.constLabels = constLabels;
    for (const cell of this.cells) cell.attributes = this.attributesOf(cell.values);
  }

  private openClosedSeries(labels: readonly LabelDefinition[], values: string[]): void {
    const [label, ...rest] = labels;
    if (label === undefined) {
      if (values.length > 0) this.add(values);
    } else if ('values' in label) {
      for (const value of label.values) this.openClosedSeries(rest, [...values, value]);
    }
  }

  /** Adds a series, or finds the one that stands for values that get none of their own. */
  private add(given: ReadonlyArray<string | undefined>): Cell {
    const values = this.definition.labels.map((label, index) => this.admit(label, given[index] ?? ''));
    let level = this.root as Level;
    const last = values.length - 1;
    for (let index = 0; index < last; index++) {
      const value = values[index] as string;
      let next = level.get(value) as Level | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    const name = values[last] as string;
    let cell = level.get(name) as Cell | undefined;
    if (cell === undefined) {
      cell = this.newCell(values);
      level.set(name, cell);
    }
    return cell;
  }

  private admit(label: LabelDefinition, value: string): string {
    if ('values' in label) return label.values.includes(value) ? value : OTHER;
    return this.guards.get(label.name)?.admit(value) ?? value;
  }

  private newCell(values: readonly string[]): Cell {
    const cell: Cell = { values, attributes: this.attributesOf(values), total: 0 };
    this.cells.push(cell);
    return cell;
  }

  private attributesOf(values: readonly string[]): Attributes {
    const attributes: Attributes = { ...this.constLabels };
    this.definition.labels.forEach(({ name }, index) => {
      attributes[name] = values[index];
    });
    return Object.freeze(attributes);
  }
}
