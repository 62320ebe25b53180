import { Chart } from '../chart';
import { milliseconds, short } from '../format';
import { type MergedSlot, quantile } from '../merge';

type Read = (slot: MergedSlot) => number | undefined;

const QUANTILES = [
  { label: 'median', color: '--blue', isFilled: true },
  { label: 'p95', color: '--amber' },
];

/** The charts of the overview, each with how the values of its lines are read. */
export function overviewCharts(): ReadonlyArray<{ chart: Chart; reads: readonly Read[] }> {
  return [
    {
      chart: new Chart(
        'Events per second',
        [
          { label: 'events', color: '--blue', isFilled: true },
          { label: 'failed', color: '--red' },
        ],
        short,
      ),
      reads: [slot => slot.events / slot.span, slot => slot.errors / slot.span],
    },
    {
      chart: new Chart('Event duration, on the server', QUANTILES, milliseconds),
      reads: [slot => quantile(slot.durations, 0.5), slot => quantile(slot.durations, 0.95)],
    },
    {
      chart: new Chart('Users waited, from click to change', QUANTILES, milliseconds),
      reads: [slot => quantile(slot.perceived, 0.5), slot => quantile(slot.perceived, 0.95)],
    },
    {
      chart: new Chart(
        'Sessions',
        [
          { label: 'attached', color: '--teal', isFilled: true },
          { label: 'detached', color: '--amber' },
        ],
        short,
      ),
      reads: [slot => slot.active, slot => slot.detached],
    },
    {
      chart: new Chart('Event-loop delay', [{ label: 'longest', color: '--violet' }], milliseconds),
      reads: [slot => slot.loopDelay],
    },
  ];
}
