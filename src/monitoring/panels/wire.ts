import type { Kit } from '../kit';
import { lines, RATE, type Row, top } from './panel';

/** Sockets, and what travels over them. */
export function wire({ panels }: Kit): Row {
  const events = panels.rate('events', RATE);
  return {
    title: 'Wire',
    panels: [
      lines('WebSocket errors', 'cps', 'Failures of sockets, by type.', {
        expr: panels.rate('websocketErrors', RATE, { by: ['type'] }),
        legend: '{{type}}',
      }),
      lines('How sockets end', 'cps', 'normal: the browser closed it, as it does with its tab.', {
        expr: panels.observed('connectionDuration', '_count', 'rate', RATE, { by: ['end'] }),
        legend: '{{end}}',
      }),
      lines('Traffic', 'binBps', 'Payload of all WebSocket messages.', {
        expr: panels.rate('networkIo', RATE, { by: ['direction'] }),
        legend: '{{direction}}',
      }),
      lines('Patches per event', 'short', 'How many changes of a page an event causes.', {
        expr: `${panels.rate('patchesSent', RATE)} / ${events}`,
        legend: 'patches',
      }),
      lines('Size of patch frames', 'bytes', 'The ten routes with the largest frames (p99).', {
        expr: top(panels.quantile(0.99, 'patchBytes', RATE, { by: ['route'] })),
        legend: '{{route}}',
      }),
      lines('Patch traffic', 'binBps', 'The ten routes that send most.', {
        expr: top(panels.observed('patchBytes', '_sum', 'rate', RATE, { by: ['route'] })),
        legend: '{{route}}',
      }),
      lines('Mismatches', 'cps', 'Signs that a page and its session differ, by reason.', {
        expr: panels.rate('patchMismatch', RATE, { by: ['reason'] }),
        legend: '{{reason}}',
      }),
      lines('Mismatches per thousand events', 'short', 'How often a user may notice.', {
        expr: `1000 * ${panels.rate('patchMismatch', RATE)} / ${events}`,
        legend: 'mismatches',
      }),
      lines('Pages drawn anew', 'cps', 'Whole pages sent to connected browsers, by cause.', {
        expr: panels.rate('resyncs', RATE, { by: ['cause'] }),
        legend: '{{cause}}',
      }),
    ],
  };
}
