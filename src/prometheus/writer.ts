import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ExemplarsOf } from '../metrics/exemplars';
import type { Dialect } from './dialect';
import { latestExemplar } from './exemplarText';
import { type Family, familiesOf, type Report, type Source, TARGET_INFO } from './families';
import { HistogramLines, valueLine } from './lines';
import { pointsOf } from './metricTypes';
import type { Format } from './negotiate';
import { openMetrics } from './openMetrics';
import { RowCache, type Rows } from './rows';
import { targetLabels } from './target';
import { TEXT } from './text';
import { UniqueLabels } from './uniqueLabels';

/** Characters after which a piece of text ends. Such a piece takes less than 0.1 ms. */
const PIECE = 8192;

const DIALECTS: Readonly<Record<Format, (families: readonly Family[]) => Dialect>> = {
  text: () => TEXT,
  openMetrics,
};

/** Finds the exemplars of a metric, by its name in OpenTelemetry. */
type FindExemplars = (metric: string) => ExemplarsOf | undefined;

/** Writes what an SDK collected. Keeps the labels of all series for the next scrape. */
export class MetricsWriter {
  private readonly cache = new RowCache();

  constructor(
    private readonly report: Report,
    private readonly findExemplars: FindExemplars = () => undefined,
  ) {}

  /** Writes in pieces, between which the caller may rest. */
  *write(metrics: ResourceMetrics, format: Format): Generator<string> {
    const families = familiesOf(metrics, this.report);
    const dialect = DIALECTS[format](families);
    const rows = this.cache.rowsOf(families);
    const target = targetLabels(metrics.resource.attributes);
    let text = dialect.target + valueLine(TARGET_INFO, target.text, 1);
    if (families.length === 0) text += dialect.nothing;
    for (const family of families) {
      text += dialect.declare(family);
      for (const lines of this.linesOf(family, rows, dialect)) {
        text += lines;
        if (text.length < PIECE) continue;
        yield text;
        text = '';
      }
    }
    yield text + dialect.end;
  }

  /** The lines of each series of a family. */
  private *linesOf(
    family: Family,
    rows: ReadonlyMap<Source, Rows>,
    dialect: Dialect,
  ): Generator<string> {
    const { name } = family;
    const unique = new UniqueLabels(family, this.report);
    const histogram = new HistogramLines(name, dialect, this.report);
    const takesExemplars = dialect.takesExemplars(family);
    for (const source of family.sources) {
      const { metric, scope } = source;
      const own = rows.get(source);
      if (own === undefined) continue;
      const found = pointsOf(metric);
      own.shrinkTo(found.points.length);
      const exemplars = takesExemplars ? this.findExemplars(metric.descriptor.name) : undefined;
      if (found.of === 'values') {
        for (const [place, { attributes, value }] of found.points.entries()) {
          const labels = unique.add(own.labelsAt(place, attributes), attributes, scope);
          if (labels === undefined) continue;
          yield valueLine(
            name,
            labels.text,
            value,
            exemplars && latestExemplar(exemplars(attributes)),
          );
        }
        continue;
      }
      for (const [place, { attributes, value }] of found.points.entries()) {
        const labels = unique.add(own.labelsAt(place, attributes), attributes, scope);
        if (labels !== undefined) yield histogram.of(labels.text, value, exemplars?.(attributes));
      }
    }
  }
}
