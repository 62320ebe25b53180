const COUNTS = Symbol.for('vango.otel.failures');

/** Whose code failed: what the user gave (hook, filter, extractor), or a part of telemetry. */
export type FailurePlace = 'hook' | 'filter' | 'extractor' | 'span' | 'metric' | 'exporter';

type Counts = Record<FailurePlace, number>;

const NONE: Counts = { hook: 0, filter: 0, extractor: 0, span: 0, metric: 0, exporter: 0 };

/**
 * Failures that were swallowed in this process, by all copies of this package. The recorder reads
 * them when a reader collects, since it may be what fails.
 */
export function failureCounts(): Counts {
  const registry = globalThis as { [COUNTS]?: Counts };
  registry[COUNTS] ??= { ...NONE };
  return registry[COUNTS];
}
