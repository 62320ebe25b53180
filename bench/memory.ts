// Measures the memory of 10,000 idle sessions of the shop's front page, with and without telemetry.
import { Load } from '../vango/test/support/load';
import { loadPage } from '../vango/test/support/wireClient';
import type { Budget } from './budget';
import { searches } from './runtime';
import { ShopServer } from './shopServer';
import { startSink } from './sink';

const SESSIONS = 10_000;
/** Time for pending work, such as the export of spans, to end. */
const QUIET_MILLISECONDS = 2000;
const GIB = 1024 ** 3;

interface PerSession {
  readonly heap: number;
  readonly resident: number;
}

export async function memory(): Promise<Budget[]> {
  const sink = await startSink();
  const telemetry = {
    ...sink.env,
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  const bare = await measure(await ShopServer.start());
  const observed = await measure(
    await ShopServer.start('@vango/opentelemetry/register', telemetry),
  );
  sink.stop();
  console.table({ 'without telemetry': rounded(bare), 'with telemetry': rounded(observed) });
  return [
    {
      what: 'heap per session of the front page',
      measured: bare.heap / 1024,
      allowed: 20,
      unit: 'KiB',
    },
    { what: 'sessions per GiB', measured: GIB / bare.resident, allowed: 35_000, atLeast: true },
    {
      what: 'added per idle session',
      measured: observed.heap - bare.heap,
      allowed: 300,
      unit: 'bytes',
    },
  ];
}

async function measure(server: ShopServer): Promise<PerSession> {
  const page = await loadPage(server.origin, '/');
  // The first sessions also pay for what all sessions share.
  const first = await Load.open(page.socketUrl, 100);
  await first.run(searches(page.hid('search')), 100, 2);
  await new Promise(resolve => setTimeout(resolve, QUIET_MILLISECONDS));
  const before = await server.memory();
  const load = await Load.open(page.socketUrl, SESSIONS);
  // Idle sessions, not new ones: each has handled an event.
  await load.run(searches(page.hid('search')), 1000, SESSIONS / 1000);
  await new Promise(resolve => setTimeout(resolve, QUIET_MILLISECONDS));
  const after = await server.memory();
  await server.stop();
  return {
    heap: (after.heap - before.heap) / SESSIONS,
    resident: (after.resident - before.resident) / SESSIONS,
  };
}

const rounded = ({ heap, resident }: PerSession): Record<string, string> => ({
  'heap per session': `${Math.round(heap)} bytes`,
  'resident per session': `${Math.round(resident)} bytes`,
});
