import { FAULTS } from './faults';
import type { Kit } from './kit';

/** A rule that keeps the value of an expression as a series. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
}

/** The windows over which objectives are looked at. */
const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type Window = (typeof WINDOWS)[number];
/** Shares of events: those that fail through a fault, and those that are slow. */
export type Share = 'event_errors' | 'event_slow';

/** The name of the series that has the share of events over a window. */
export function shareOf({ rules: { prefix } }: Kit, share: Share, window: Window): string {
  return `${prefix}:${share}:ratio_rate${window}`;
}

/** The name of the series that has the share of resumes that succeed. */
export function resumesOf({ rules: { prefix } }: Kit): string {
  return `${prefix}:resume:success_ratio15m`;
}

export function recordings(kit: Kit): Recording[] {
  const { rules, options } = kit;
  return [
    ...WINDOWS.map(window => ({
      record: shareOf(kit, 'event_errors', window),
      expr: share(
        rules.rate('eventErrors', window, { where: { error_type: FAULTS } }),
        rules.rate('events', window),
      ),
    })),
    ...WINDOWS.map(window => ({
      record: shareOf(kit, 'event_slow', window),
      expr: `1 - ${rules.within('eventDuration', options.latencyBound, 'rate', window)}
  / ${rules.observed('eventDuration', '_count', 'rate', window)}`,
    })),
    { record: `${rules.prefix}:events:rate5m`, expr: rules.rate('events', '5m') },
    {
      record: resumesOf(kit),
      expr: `${rules.increase('resumeSuccess', '15m')}
  / (${rules.increase('resumeSuccess', '15m')} + ${rules.increase('resumeFailed', '15m')})`,
    },
  ];
}

/** A share of something whose series may not exist before it happens. */
function share(part: string, whole: string): string {
  return `(${part} or 0 * ${whole})
  / ${whole}`;
}
