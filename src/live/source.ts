import { failureCounts } from '../failures';
import { warnings } from '../messages';
import type { Recorder } from '../metrics/recorder';
import { processState } from '../processState';
import { PACKAGE_VERSION } from '../version';
import { countsOf, type LiveFeed } from './feed';
import { findSession, listSessions, rowOf } from './sessionList';
import type { Topic } from './topic';
import type { Watch } from './watch';
import type { Overview, RouteRow, Telemetry, Timeline, WindowName } from './wire';

/** What an answer is made of. */
interface Source {
  readonly feed: LiveFeed;
  readonly watch: Watch;
  readonly recorder: Recorder | undefined;
  readonly includeUserId: boolean;
}

type Answers = {
  readonly [K in Topic['kind']]: (source: Source, topic: Extract<Topic, { kind: K }>) => unknown;
};

const ANSWERS: Answers = {
  overview: (source, { window }) => overviewOf(source, window),
  sessions: ({ recorder, watch, includeUserId }, { sort, search }) =>
    listSessions(recorder?.sessions ?? [], watch.memory, sort, search, includeUserId),
  async session({ recorder, watch, includeUserId }, { id }): Promise<Timeline> {
    const session = findSession(recorder?.sessions ?? [], id);
    if (session !== undefined) await watch.memory.measure([session]);
    return {
      session: session && rowOf(session, watch.memory, includeUserId),
      entries: watch.timelines.of(session?.id ?? id),
    };
  },
  failures: ({ feed }, { id }) => feed.failures.list(id),
  slow: ({ watch }, { id }) => watch.waterfalls.list(id),
  telemetry: ({ recorder }): Telemetry => ({
    labels: recorder?.labelUsage() ?? [],
    failures: failureCounts(),
    warnings: [...warnings],
    version: PACKAGE_VERSION,
  }),
};

/** What this process tells of a topic, as JSON. It gathers for a while from now on. */
export async function answerOf(feed: LiveFeed, topic: Topic): Promise<string> {
  const { recorder, includeUserId } = processState();
  const source = { feed, watch: feed.begin(recorder), recorder, includeUserId };
  // The table has the answer of each kind under its name, which the type of an index cannot say.
  const answer = ANSWERS[topic.kind] as (source: Source, topic: Topic) => unknown;
  return JSON.stringify({ pid: process.pid, data: await answer(source, topic) });
}

function overviewOf({ watch, recorder }: Source, window: WindowName): Overview {
  const totals = totalsOf(recorder);
  const recent = watch.routes.rows(totals.keys());
  const routes = recent.map((row): RouteRow => {
    const { events = 0, errors = 0 } = totals.get(row.route) ?? {};
    return { ...row, totalEvents: events, totalErrors: errors };
  });
  return {
    now: Date.now(),
    slots: watch.history.slots(window),
    routes,
    routeSeconds: watch.routes.seconds,
    totalEvents: routes.reduce((sum, route) => sum + route.totalEvents, 0),
    totalErrors: routes.reduce((sum, route) => sum + route.totalErrors, 0),
    ...countsOf(recorder?.sessions ?? []),
  };
}

/** What was counted since the start of this process, by route. */
function totalsOf(recorder: Recorder | undefined): Map<string, { events: number; errors: number }> {
  const totals = new Map<string, { events: number; errors: number }>();
  for (const { values, total } of recorder?.seriesOf('events') ?? []) {
    const [, path = '', status] = values;
    const sum = totals.get(path) ?? { events: 0, errors: 0 };
    sum.events += total;
    if (status === 'error') sum.errors += total;
    totals.set(path, sum);
  }
  return totals;
}
