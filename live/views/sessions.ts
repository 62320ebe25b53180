import {
  type ProcessAnswer,
  type SessionList,
  type SessionRow,
  SORTS,
  type Sort,
} from '../../src/live/wire';
import { h, setAttribute, setText } from '../dom';
import { age, bytes, count } from '../format';
import { Table } from '../table';
import { dataOf, type View } from '../view';

const ROWS = 20;
const ID_LENGTH = 12;
const SORT_NAMES: Readonly<Record<Sort, string>> = {
  memory: 'Memory',
  queue: 'Queue',
  patchBytes: 'Patch bytes',
};

/** The largest sessions, and a search. */
export class SessionsView implements View {
  readonly element: HTMLElement;
  private readonly sorts = h('p', { class: 'choices', role: 'group', 'aria-label': 'Largest by' });
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
    'There is no such session.',
    [
      { title: 'Session', text: ({ id }) => id, href: ({ id }) => `#session/${id}`, isCode: true },
      { title: 'Path', text: ({ path }) => path, isCode: true },
      { title: 'Route', text: ({ route }) => route, isCode: true, isWide: true },
      { title: 'State', text: ({ state }) => state, isWide: true },
      { title: 'Memory', text: ({ memory }) => bytes(memory), isNumeric: true },
      { title: 'Queue', text: ({ queue }) => count(queue), isNumeric: true },
      {
        title: 'Patch bytes',
        text: ({ patchBytes }) => bytes(patchBytes),
        isNumeric: true,
        isWide: true,
      },
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
    for (const sort of SORTS) this.sorts.append(h('a', {}, SORT_NAMES[sort]));
    this.input.addEventListener('input', () => {
      const wanted = this.input.value.trim().toLowerCase();
      const search = wanted.replace(/[^0-9a-f]/g, '').slice(0, ID_LENGTH);
      location.replace(`#sessions/${this.sort}/${search}`);
    });
    this.element = h(
      'div',
      {},
      h('div', { class: 'head' }, h('h1', {}, 'Sessions'), this.sorts),
      h(
        'section',
        { class: 'card' },
        h(
          'div',
          { class: 'head' },
          h('label', { for: 'search', class: 'field' }, 'Id ', this.input),
          this.matching,
        ),
        this.table.element,
      ),
    );
  }

  open([sort, search = '']: readonly string[]): void {
    this.sort = SORTS.find(name => name === sort) ?? 'memory';
    for (const [index, name] of SORTS.entries()) {
      const link = this.sorts.children[index] as HTMLElement;
      setAttribute(link, 'href', `#sessions/${name}/${search}`);
      setAttribute(link, 'aria-current', name === this.sort ? 'true' : undefined);
    }
    if (document.activeElement !== this.input) this.input.value = search;
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const lists = dataOf<SessionList>(answers);
    const rows = lists.flatMap(list => list.rows);
    rows.sort((a, b) => b[this.sort] - a[this.sort] || b.lastActive - a.lastActive);
    const all = lists.reduce((sum, { matching }) => sum + matching, 0);
    this.table.show(rows.slice(0, ROWS));
    const isAnonymous = rows.every(({ user }) => user === undefined);
    this.table.element.classList.toggle('anonymous', isAnonymous);
    const found = all === 1 ? '1 session' : `${count(all)} sessions`;
    setText(this.matching, all > ROWS ? `${found}, the first ${ROWS} are shown` : found);
  }
}
