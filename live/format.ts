const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const KIB = 1024;
/** What stands for a number that is not known. */
export const NONE = '–';

export function count(value: number): string {
  return WHOLE.format(value);
}

/** A number with three digits that tell something. */
export function short(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return WHOLE.format(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return NONE;
  if (value === 0) return '0 ms';
  if (value < 0.005) return '< 0.01 ms';
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value >= 100 ? WHOLE.format(value) : value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

export function bytes(value: number | undefined): string {
  if (value === undefined) return NONE;
  if (value < KIB) return `${WHOLE.format(value)} B`;
  if (value < KIB * KIB) return `${short(value / KIB)} KiB`;
  return `${short(value / KIB / KIB)} MiB`;
}

export function percent(share: number): string {
  return `${short(share * 100)} %`;
}

export function clock(at: number): string {
  return CLOCK.format(at);
}

export function age(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
