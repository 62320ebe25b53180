import type { EntryKind, SessionRow, Timeline, TimelineEntry } from '../../src/live/wire';
import { h, KeyedChildren } from '../dom';
import { age, bytes, clock, count, milliseconds } from '../format';
import { code, facts, head, note, page } from '../layout';
import { describe, lengthOf, plainBar, stageBar, stageLegend } from '../stages';
import type { View } from '../view';

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
  detach: 'Detach',
  end: 'End',
};

/** What happened in one session. */
export class SessionView implements View<Timeline> {
  readonly element: HTMLElement;
  private readonly title = h('span');
  private readonly facts = h('section', { class: 'card' });
  private readonly list = h('ol', { class: 'timeline', id: 'timeline' });
  private readonly empty = h(
    'p',
    { class: 'empty' },
    'Nothing has happened in it since somebody opened this page. What it does next appears here.',
  );
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
    this.element = page(
      this.title,
      [h('a', { href: '#sessions/memory' }, 'All sessions')],
      this.facts,
      h(
        'section',
        { class: 'card' },
        head(h('h2', {}, 'Timeline, the last first'), stageLegend()),
        this.empty,
        this.list,
      ),
    );
  }

  open([id = '']: readonly string[]): void {
    if (id === this.id) return;
    this.id = id;
    this.entries.clear();
    this.rows.show([]);
    this.title.replaceChildren('Session ', code(id));
  }

  show(timelines: readonly Timeline[]): void {
    const session = timelines.find(timeline => timeline.session !== undefined)?.session;
    this.facts.replaceChildren(
      session === undefined
        ? note('This session has ended, or is in a process that is not shown.')
        : factsOf(session),
    );
    // A busy server forgets sooner than this page. Acks complete what it knows.
    for (const { entries } of timelines)
      for (const entry of entries) this.entries.set(entry.id, entry);
    while (this.entries.size > MAX_ENTRIES)
      this.entries.delete(this.entries.keys().next().value ?? '');
    const shown = [...this.entries.values()];
    this.empty.hidden = shown.length > 0;
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
      h('span', { class: 'more' }, moreOf(entry), failureOf(entry)),
    );
    return row;
  }
}

function factsOf({ state, path, route, memory, queue, patchBytes, createdAt, user }: SessionRow) {
  return facts([
    ['State', state],
    ['Path', code(path)],
    ['Route', code(route)],
    ['Memory', bytes(memory)],
    ['Queued events', count(queue)],
    ['Patch bytes', bytes(patchBytes)],
    ['Age', age((Date.now() - createdAt) / 1000)],
    ['User', user],
  ]);
}

function titleOf({ kind, name, handler }: TimelineEntry): Array<HTMLElement | string> {
  const title = kind === 'event' ? name : NAMES[kind];
  const details = kind === 'event' ? handler : name;
  return details === undefined || details === ''
    ? [h('b', {}, title)]
    : [h('b', {}, title), ' ', code(details)];
}

function lengthOfEntry({ stages, milliseconds: length }: TimelineEntry): number {
  return stages === undefined ? length : lengthOf(stages);
}

function barOf({ stages, milliseconds: length }: TimelineEntry, longest: number): HTMLElement {
  return stages === undefined ? plainBar(length, longest) : stageBar(stages, longest);
}

function durationOf(entry: TimelineEntry): string {
  return entry.kind === 'detach' || entry.kind === 'end' ? '' : milliseconds(lengthOfEntry(entry));
}

function moreOf({ kind, stages, patches, bytes: size, route }: TimelineEntry): string {
  const parts = [
    kind === 'mount' || kind === 'connect' ? `on ${route}` : '',
    stages === undefined ? '' : describe(stages),
    patches === 0 ? '' : `${patches === 1 ? '1 patch' : `${patches} patches`}, ${bytes(size)}`,
    stages?.perceived === undefined ? '' : `ack after ${milliseconds(stages.perceived)}`,
  ];
  return parts.filter(part => part !== '').join(' · ');
}

function failureOf({ error }: TimelineEntry): HTMLElement {
  return h('span', { class: 'failed' }, error === undefined ? '' : ` failed: ${error}`);
}
