import { createTraceState, type TraceState } from '@opentelemetry/api';

/** The key of OpenTelemetry's entry in a W3C tracestate. */
const KEY = 'ot';
/** The specification allows no longer entry. */
const MAX_LENGTH = 256;

const THRESHOLD = /^[0-9a-f]{1,14}$/;
const RANDOMNESS = /^[0-9a-f]{14}$/;

/** OpenTelemetry's entry in a tracestate. */
export interface OtEntry {
  /** `th`: the share of all traces that was rejected, as up to 14 hexadecimal digits. */
  readonly threshold: string | undefined;
  /** `rv`: 14 hexadecimal digits that stand for the randomness of the trace id. */
  readonly randomness: string | undefined;
  /** Other members, as they are. */
  readonly others: readonly string[];
}

const NONE: OtEntry = { threshold: undefined, randomness: undefined, others: [] };

/** Reads the entry of a tracestate, which may come from anyone. Malformed members are left out. */
export function readOtEntry(traceState: TraceState | undefined): OtEntry {
  const text = traceState?.get(KEY);
  if (text === undefined || text.length > MAX_LENGTH) return NONE;
  let threshold: string | undefined;
  let randomness: string | undefined;
  const others: string[] = [];
  for (const member of text.split(';')) {
    const value = member.slice(3);
    if (member.startsWith('th:')) threshold = THRESHOLD.test(value) ? value : undefined;
    else if (member.startsWith('rv:')) randomness = RANDOMNESS.test(value) ? value : undefined;
    else if (member !== '') others.push(member);
  }
  return { threshold, randomness, others };
}

/** The tracestate with this entry instead of its own. */
export function withOtEntry(
  traceState: TraceState | undefined,
  { threshold, randomness, others }: OtEntry,
): TraceState {
  const members: string[] = [];
  if (threshold !== undefined) members.push(`th:${threshold}`);
  if (randomness !== undefined) members.push(`rv:${randomness}`);
  let length = members.join(';').length;
  for (const member of others) {
    length += member.length + 1;
    if (length > MAX_LENGTH) break;
    members.push(member);
  }
  const base = traceState ?? createTraceState();
  return members.length === 0 ? base.unset(KEY) : base.set(KEY, members.join(';'));
}

/** The randomness that a trace id has: its low 56 bits. */
export function randomnessOf(traceId: string): string {
  return traceId.slice(-14);
}

/** Whether a trace of this randomness is kept. Both are hexadecimal digits of a fraction. */
export function isKept(randomness: string, threshold: string): boolean {
  return randomness >= threshold.padEnd(14, '0');
}
