import type { Failure, FailureList, FailureRow, ProcessAnswer } from '../../src/live/wire';
import { h, KeyedChildren, setAttribute, setText } from '../dom';
import { clock } from '../format';
import { dataOf, type View } from '../view';

const FACTS: ReadonlyArray<readonly [string, (failure: FailureRow) => string | undefined]> = [
  ['Time', ({ at }) => clock(at)],
  ['Operation', ({ operation, event }) => [operation, event].filter(Boolean).join(' ')],
  ['Component', ({ component }) => component],
  ['Handler', ({ handler }) => handler],
  ['Route', ({ route }) => route],
  ['Type', ({ errorType }) => errorType],
  ['Trace', ({ trace }) => trace],
  ['User', ({ user }) => user],
];

/** The last failures, and one of them with its stack. */
export class FailuresView implements View {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'list' });
  private readonly detail = h('section', { class: 'card detail', 'aria-label': 'Failure' });
  private readonly empty = h('p', { class: 'empty' }, 'Nothing has failed.');
  private readonly rows: KeyedChildren<FailureRow>;
  private chosen = '';
  private shown = '';

  constructor() {
    this.rows = new KeyedChildren(
      this.list,
      ({ id }) => id,
      (failure, before) => this.row(failure, before),
    );
    this.element = h(
      'div',
      {},
      h(
        'div',
        { class: 'head' },
        h('h1', {}, 'Failures'),
        h('p', { class: 'note' }, 'the last 100'),
      ),
      h(
        'div',
        { class: 'panes' },
        h('section', { class: 'card' }, this.empty, this.list),
        this.detail,
      ),
    );
  }

  open([id = '']: readonly string[]): void {
    this.chosen = id;
  }

  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    const lists = dataOf<FailureList>(answers);
    const rows = lists.flatMap(list => list.rows).sort((a, b) => b.at - a.at);
    this.empty.hidden = rows.length > 0;
    this.rows.show(rows);
    const chosen = lists.find(list => list.chosen !== undefined)?.chosen;
    if (chosen?.id === this.shown) return;
    this.shown = chosen?.id ?? '';
    if (chosen !== undefined) this.detail.replaceChildren(...detailOf(chosen));
    else {
      const hint = rows.length === 0 ? '' : 'Choose a failure to see its stack.';
      this.detail.replaceChildren(h('p', { class: 'empty' }, hint));
    }
  }

  private row(failure: FailureRow, before: HTMLElement | undefined): HTMLElement {
    const { id, at, name, message, operation, event, route } = failure;
    const link = (before?.firstElementChild as HTMLElement | undefined) ?? h('a', {});
    setAttribute(link, 'aria-current', id === this.chosen ? 'true' : undefined);
    if (before !== undefined) return before;
    setAttribute(link, 'href', `#failures/${id}`);
    link.append(
      h('span', { class: 'title failed' }, name === '' ? message : `${name}: ${message}`),
      h(
        'span',
        { class: 'more' },
        `${clock(at)} · ${event ?? operation} on `,
        h('span', { class: 'code' }, route),
      ),
    );
    return h('li', {}, link);
  }
}

function detailOf(failure: Failure): HTMLElement[] {
  const title = h('h2', { class: 'failed' });
  setText(title, failure.message);
  const facts = FACTS.flatMap(([name, read]) => {
    const text = read(failure);
    return text === undefined || text === ''
      ? []
      : [h('div', {}, h('dt', {}, name), h('dd', {}, text))];
  });
  const { session } = failure;
  if (session !== undefined) {
    const link = h('a', { href: `#session/${session}`, class: 'code' }, session);
    facts.push(h('div', {}, h('dt', {}, 'Session'), h('dd', {}, link)));
  }
  const stack = h('pre', { tabindex: '0', 'aria-label': 'Stack', id: 'stack' }, failure.stack);
  return [title, h('dl', { class: 'facts' }, ...facts), stack];
}
