import type { Kit } from '../kit';
import { OTHER_METRICS } from '../otherMetrics';
import { lines, RATE, type Row, top } from './panel';

/** What is stored, and which code reads it. */
export function state({ panels }: Kit): Row {
  const [target] = OTHER_METRICS.target;
  return {
    title: 'Stored state and deploys',
    panels: [
      lines('Answers of the store', 'ops', 'What the session store was asked, and how it went.', {
        expr: panels.observed('storeOperationDuration', '_count', 'rate', RATE, {
          by: ['operation', 'outcome'],
        }),
        legend: '{{operation}} {{outcome}}',
      }),
      lines('Duration of the store', 's', 'Time until the store answers (p99).', {
        expr: panels.quantile(0.99, 'storeOperationDuration', RATE, { by: ['operation'] }),
        legend: '{{operation}}',
      }),
      lines('Size of stored sessions', 'bytes', 'Whole sessions, as the store gets them (p95).', {
        expr: panels.quantile(0.95, 'sessionPersistBytes', RATE),
        legend: 'p95',
      }),
      lines('Bytes stored by signal', 'binBps', 'The ten signals that are most of it.', {
        expr: top(panels.rate('persistBytes', RATE, { by: ['stable_id'] })),
        legend: '{{stable_id}}',
      }),
      lines('Writes refused', 'cps', 'Values that are not kept, by reason.', {
        expr: panels.rate('persistWriteRejected', RATE, { by: ['reason', 'stable_id'] }),
        legend: '{{stable_id}} {{reason}}',
      }),
      lines('Schema mismatches', 'cps', 'Stored values that no longer fit the code.', {
        expr: panels.rate('schemaMismatch', RATE, { by: ['reason'] }),
        legend: '{{reason}}',
      }),
      {
        ...lines('Versions', 'short', 'Processes by service.version of their resource.', {
          expr: panels.group('count', ['service_version'], panels.foreign(target)),
          legend: '{{service_version}}',
        }),
        width: 12,
        stacked: true,
      },
      {
        ...lines('Cold deploys', 'cps', 'Deploys that discard stored sessions.', {
          expr: panels.rate('coldDeployAck', RATE, { by: ['source'] }),
          legend: '{{source}}',
        }),
        width: 12,
      },
    ],
  };
}
