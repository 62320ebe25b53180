/**
 * Metrics that are not of the catalogue: of Prometheus, of the exporter, of Node.js and of the SDK.
 * Where a metric has several names, a way to Prometheus appends its unit, or `prom-client` is used.
 */
export const OTHER_METRICS = {
  target: ['target_info'],
  scrapeDuration: ['scrape_duration_seconds'],
  samplesScraped: ['scrape_samples_scraped'],
  loopDelay: [
    'nodejs_eventloop_delay_p99',
    'nodejs_eventloop_delay_p99_seconds',
    'nodejs_eventloop_lag_p99_seconds',
  ],
  loopUtilization: ['nodejs_eventloop_utilization', 'nodejs_eventloop_utilization_ratio'],
  heapUsed: ['v8js_memory_heap_used', 'v8js_memory_heap_used_bytes', 'nodejs_heap_size_used_bytes'],
  collection: [
    'v8js_gc_duration_sum',
    'v8js_gc_duration_seconds_sum',
    'nodejs_gc_duration_seconds_sum',
  ],
  spansProcessed: ['otel_sdk_processor_span_processed_total'],
} as const;
