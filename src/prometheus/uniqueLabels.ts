import type { Attributes } from '@opentelemetry/api';
import type { Family, Report } from './families';
import { type Labels, labelsOf } from './labels';

const SCOPE = 'otel_scope_name';
/** Characters of labels that a report shows. */
const SHOWN = 200;

/** The labels of the series that a family has so far. */
export class UniqueLabels {
  private readonly seen = new Set<string>();

  constructor(
    private readonly family: Family,
    private readonly report: Report,
  ) {}

  /**
   * The labels for a further series: its own, or with the scope if another series has these. If
   * that one exists too, the series is left out.
   */
  add(labels: Labels, attributes: Attributes, scope: string): Labels | undefined {
    if (this.isNew(labels)) return labels;
    const { name, type } = this.family;
    const scoped = labelsOf({ ...attributes, [SCOPE]: scope }, type === 'histogram');
    if (this.isNew(scoped)) {
      this.report(`${name} of ${scope} is written with ${SCOPE}: another series has its labels`);
      return scoped;
    }
    this.report(
      `a second ${name}{${scoped.key.slice(0, SHOWN)}} of ${scope} is left out: ` +
        'give one of the two another name',
    );
    return undefined;
  }

  private isNew({ key }: Labels): boolean {
    const { size } = this.seen;
    return this.seen.add(key).size > size;
  }
}
