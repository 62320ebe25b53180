import {
  ID_LENGTH,
  type SessionList,
  type SessionRow,
  SORTS,
  type Sort,
} from '../../src/live/wire';
import { h, setText } from '../dom';
import { age, bytes, count } from '../format';
import { Choices, head, note, page } from '../layout';
import { type Column, Table } from '../table';
import type { View } from '../view';

const ROWS = 20;

/** The columns that sessions can be sorted by. */
const SORTABLE: Readonly<Record<Sort, Column<SessionRow>>> = {
  memory: {
    title: 'Memory',
    text: ({ memory }) => bytes(memory),
    isNumeric: true,
    isWide: true,
  },
  queue: {
    title: 'Queued events',
    text: ({ queue }) => count(queue),
    isNumeric: true,
    isWide: true,
  },
  patchBytes: {
    title: 'Patch bytes',
    text: ({ patchBytes }) => bytes(patchBytes),
    isNumeric: true,
    isWide: true,
  },
};

/** The largest sessions, and a search. */
export class SessionsView implements View<SessionList> {
  readonly element: HTMLElement;
  private readonly sorts = new Choices(
    'Largest by',
    SORTS.map(sort => [sort, SORTABLE[sort].title]),
  );
  private readonly input = h('input', {
    type: 'search',
    id: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'first digits',
  });
  private readonly matching = h('p', { class: 'note', role: 'status' });
  private readonly table = new Table<SessionRow>(
    'Sessions',
    'There is no such session. Each page of your application that somebody has open is one.',
    [
      { title: 'Session', text: ({ id }) => id, href: ({ id }) => `#session/${id}`, isCode: true },
      { title: 'Path', text: ({ path }) => path, isCode: true },
      { title: 'Route', text: ({ route }) => route, isCode: true, isWide: true },
      { title: 'State', text: ({ state }) => state, isWide: true },
      ...SORTS.map(sort => SORTABLE[sort]),
      {
        title: 'Age',
        text: ({ createdAt }) => age((Date.now() - createdAt) / 1000),
        isNumeric: true,
        isWide: true,
      },
      { title: 'User', text: ({ user }) => user ?? '', isWide: true },
    ],
    ({ id }) => id,
  );
  private sort: Sort = 'memory';

  constructor() {
    this.input.addEventListener('input', () => {
      const wanted = this.input.value.trim().toLowerCase();
      const search = wanted.replace(/[^0-9a-f]/g, '').slice(0, ID_LENGTH);
      location.replace(`#sessions/${this.sort}/${search}`);
    });
    this.element = page(
      'Sessions',
      [head(note('largest by'), this.sorts.element)],
      h(
        'section',
        { class: 'card' },
        head(h('label', { for: 'search', class: 'field' }, 'Id ', this.input), this.matching),
        this.table.element,
      ),
    );
  }

  open([sort, search = '']: readonly string[]): void {
    this.sort = SORTS.find(name => name === sort) ?? 'memory';
    this.sorts.show(this.sort, name => `#sessions/${name}/${search}`);
    this.table.sortedBy(SORTABLE[this.sort]);
    if (document.activeElement !== this.input) this.input.value = search;
  }

  show(lists: readonly SessionList[]): void {
    const rows = lists.flatMap(list => list.rows);
    const rankOf = (row: SessionRow): number => row[this.sort] ?? -1;
    rows.sort((a, b) => rankOf(b) - rankOf(a) || b.lastActive - a.lastActive);
    const all = lists.reduce((sum, { matching }) => sum + matching, 0);
    this.table.show(rows.slice(0, ROWS));
    const isAnonymous = rows.every(({ user }) => user === undefined);
    this.table.element.classList.toggle('anonymous', isAnonymous);
    const found = all === 1 ? '1 session' : `${count(all)} sessions`;
    setText(this.matching, all > ROWS ? `${found}, the first ${ROWS} are shown` : found);
  }
}
