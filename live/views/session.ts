import type {
  EntryKind,
  ProcessAnswer,
  SessionRow,
  Timeline,
  TimelineEntry,
} from '../../src/live/wire';
import { h, KeyedChildren, setText } from '../dom';
import { age, bytes, clock, count, milliseconds } from '../format';
import { describe, lengthOf, stageBar, stageLegend } from '../stages';
import { dataOf, type View } from '../view';

/** Entries that are kept: more than the server sends at once. */
const MAX_ENTRIES = 1000;

const NAMES: Readonly<Record<EntryKind, string>> = {
  connect: 'Connect',
  resume: 'Resume',
  mount: 'Mount',
  event: 'Event',
  dispatch: 'Dispatched work',
  resource: 'Resource',
  action: 'Action',
  ack: 'Ack',
  detach: 'Detach',
  end: 'End',
};

const FACTS: ReadonlyArray<readonly [string, (session: SessionRow) => string]> = [
  ['State', ({ state }) => state],
  ['Path', ({ path }) => path],
  ['Route', ({ route }) => route],
  ['Memory', ({ memory }) => bytes(memory)],
  ['Queue', ({ queue }) => count(queue)],
  ['Patch bytes', ({ patchBytes }) => bytes(patchBytes)],
  ['Age', ({ createdAt }) => age((Date.now() - createdAt) / 1000)],
  ['User', ({ user }) => user ?? ''],
];

/** What happened in one session. */
export class SessionView implements View {
  readonly element: HTMLElement;
  private readonly title = h('h1', {}, 'Session');
  private readonly facts = h('dl', { class: 'facts' });
  private readonly list = h('ol', { class: 'timeline', id: 'timeline' });
  private readonly note = h('p', { class: 'note' });
  private readonly rows: KeyedChildren<TimelineEntry>;
  private readonly entries = new Map<string, TimelineEntry>();
  private longest = 1;
  private id = '';

  constructor() {
    this.rows = new KeyedChildren(
      this.list,
      ({ id }) => id,
      (entry, before) => this.row(entry, before),
    );
    this.element = h(
      'div',
      {},
      h('div', { class: 'head' }, this.title, h('a', { href: '#sessions/memory' }, 'All sessions')),
      h('section', { class: 'card' }, this.facts, this.note),
      h(
        'section',
        { class: 'card' },
        h('div', { class: 'head' }, h('h2', {}, 'Timeline, the last first'), stageLegend()),
        this.list,
      ),
    );
  }

  open([id = '']: readonly string[]): void {
    if (id === this.id) return;
    this.id = id;
    this.entries.clear();
    this.rows.show([]);
    this.title.replaceChildren('Session ', h('span', { class: 'code' }, id));
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const timelines = dataOf<Timeline>(answers);
    const session = timelines.find(timeline => timeline.session !== undefined)?.session;
    this.facts.replaceChildren(...(session === undefined ? [] : factsOf(session)));
    setText(
      this.note,
      session === undefined ? 'This session has ended, or is in another process.' : '',
    );
    // A busy server forgets sooner than this page.
    for (const { entries } of timelines)
      for (const entry of entries)
        if (!this.entries.has(entry.id)) this.entries.set(entry.id, entry);
    while (this.entries.size > MAX_ENTRIES)
      this.entries.delete(this.entries.keys().next().value ?? '');
    const shown = withAcks([...this.entries.values()]);
    this.longest = Math.max(1, ...shown.map(lengthOfEntry));
    this.rows.show(shown.sort((a, b) => b.at - a.at));
  }

  private row(entry: TimelineEntry, before: HTMLElement | undefined): HTMLElement {
    const version = `${this.longest} ${entry.stages?.perceived}`;
    if (before?.dataset.version === version) return before;
    const row = before ?? h('li', { class: 'entry', 'data-kind': entry.kind });
    row.dataset.version = version;
    const isFailed = entry.error !== undefined;
    row.replaceChildren(
      h('time', { class: 'code' }, clock(entry.at)),
      h('span', { class: isFailed ? 'what failed' : 'what' }, ...titleOf(entry)),
      barOf(entry, this.longest),
      h('span', { class: 'number' }, durationOf(entry)),
      h('span', { class: 'more' }, moreOf(entry)),
    );
    return row;
  }
}

function factsOf(session: SessionRow): HTMLElement[] {
  return FACTS.map(([name, read]) => [name, read(session)] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text)));
}

/** Acks complete the events that they are for. */
function withAcks(entries: readonly TimelineEntry[]): TimelineEntry[] {
  const acks = new Map(entries.flatMap(ack => (ack.of === undefined ? [] : [[ack.of, ack]])));
  return entries
    .filter(({ kind }) => kind !== 'ack')
    .map(entry => ({ ...entry, stages: acks.get(entry.id)?.stages ?? entry.stages }));
}

function titleOf({ kind, name, handler }: TimelineEntry): Array<HTMLElement | string> {
  const title = kind === 'event' ? name : NAMES[kind];
  const details = kind === 'event' ? handler : name;
  return details === undefined || details === ''
    ? [h('b', {}, title)]
    : [h('b', {}, title), ' ', h('span', { class: 'code' }, details)];
}

function lengthOfEntry({ stages, milliseconds: length }: TimelineEntry): number {
  return stages === undefined ? length : lengthOf(stages);
}

function barOf(entry: TimelineEntry, longest: number): HTMLElement {
  const { stages, milliseconds: length } = entry;
  if (stages !== undefined) return stageBar(stages, longest);
  const bar = h('span', { class: 'stages' });
  if (length > 0) {
    const part = h('span', { class: 'part other' });
    part.style.width = `${(length / longest) * 100}%`;
    bar.append(part);
  }
  return bar;
}

function durationOf(entry: TimelineEntry): string {
  return entry.kind === 'detach' || entry.kind === 'end' ? '' : milliseconds(lengthOfEntry(entry));
}

function moreOf({ kind, stages, patches, bytes: size, error, route }: TimelineEntry): string {
  const parts = [
    kind === 'mount' || kind === 'connect' ? `on ${route}` : '',
    stages === undefined ? '' : describe(stages),
    patches === 0 ? '' : `${patches === 1 ? '1 patch' : `${patches} patches`}, ${bytes(size)}`,
    stages?.perceived === undefined ? '' : `ack after ${milliseconds(stages.perceived)}`,
    error === undefined ? '' : `failed: ${error}`,
  ];
  return parts.filter(part => part !== '').join(' · ');
}
