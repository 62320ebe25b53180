/** The variable of the semantic conventions that decides where exceptions are recorded. */
export const EXCEPTION_SIGNAL_VARIABLE = 'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN';

/** Where exceptions are recorded. */
export interface ExceptionSignal {
  /** As events of spans. */
  readonly onSpans: boolean;
  /** As log records. Those that are on no span are log records in any case. */
  readonly asRecords: boolean;
}

const SPANS: ExceptionSignal = { onSpans: true, asRecords: false };
const SIGNALS: ReadonlyMap<string | undefined, ExceptionSignal> = new Map([
  ['logs', { onSpans: false, asRecords: true }],
  ['logs/dup', { onSpans: true, asRecords: true }],
]);

/** What the environment asks for. Any other value means spans, as the conventions demand. */
export function exceptionSignalFrom(env: NodeJS.ProcessEnv): ExceptionSignal {
  return SIGNALS.get(env[EXCEPTION_SIGNAL_VARIABLE]?.trim()) ?? SPANS;
}
