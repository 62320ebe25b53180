import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Dialect } from './dialect';
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

/** Writes what an SDK collected. Keeps the labels of all series for the next scrape. */
export class MetricsWriter {
  private readonly cache = new RowCache();

  constructor(private readonly report: Report) {}

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
      for (const lines of linesOf(family, rows, dialect, this.report)) {
        text += lines;
        if (text.length < PIECE) continue;
        yield text;
        text = '';
      }
    }
    yield text + dialect.end;
  }
}

/** The lines of each series of a family. */
function* linesOf(
  family: Family,
  rows: ReadonlyMap<Source, Rows>,
  dialect: Dialect,
  report: Report,
): Generator<string> {
  const { name } = family;
  const unique = new UniqueLabels(family, report);
  const histogram = new HistogramLines(name, dialect, report);
  for (const source of family.sources) {
    const { metric, scope } = source;
    const own = rows.get(source);
    if (own === undefined) continue;
    const found = pointsOf(metric);
    own.shrinkTo(found.points.length);
    if (found.of === 'values') {
      for (const [place, { attributes, value }] of found.points.entries()) {
        const labels = unique.add(own.labelsAt(place, attributes), attributes, scope);
        if (labels !== undefined) yield valueLine(name, labels.text, value);
      }
    } else {
      for (const [place, { attributes, value }] of found.points.entries()) {
        const labels = unique.add(own.labelsAt(place, attributes), attributes, scope);
        if (labels !== undefined) yield histogram.of(labels.text, value);
      }
    }
  }
}
