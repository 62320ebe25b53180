import type { Chosen } from '../../src/live/wire';
import { type Child, h, KeyedChildren, setAttribute } from '../dom';
import { note, page } from '../layout';
import type { View } from '../view';

/** What is listed, and how a row and the whole of one are drawn. */
export interface Listed<Row, Whole extends Row> {
  readonly topic: string;
  readonly title: string;
  readonly note: string;
  /** What is said where there is nothing, and where nothing is chosen. */
  readonly empty: string;
  readonly hint: string;
  /** Changes with all that is drawn of a row. */
  readonly versionOf: (row: Row) => string;
  readonly row: (row: Row) => readonly Child[];
  readonly detail: (whole: Whole) => readonly Child[];
}

/** The last rows of something, and beside them one with all that is known of it. */
export class ChosenListView<
  Row extends { readonly id: string; readonly at: number },
  Whole extends Row,
> implements View<Chosen<Row, Whole>>
{
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'list' });
  private readonly detail = h('section', { class: 'card detail' });
  private readonly empty: HTMLElement;
  private readonly rows: KeyedChildren<Row>;
  private chosen = '';
  private shown: string | undefined;

  constructor(private readonly listed: Listed<Row, Whole>) {
    this.empty = h('p', { class: 'empty' }, listed.empty);
    this.rows = new KeyedChildren(
      this.list,
      ({ id }) => id,
      (row, before) => this.row(row, before),
    );
    this.element = page(
      listed.title,
      [note(listed.note)],
      h(
        'div',
        { class: 'panes' },
        h('section', { class: 'card', 'aria-label': 'List' }, this.empty, this.list),
        this.detail,
      ),
    );
    setAttribute(this.detail, 'aria-label', 'Chosen from the list');
  }

  open([id = '']: readonly string[]): void {
    this.chosen = id;
  }

  show(told: ReadonlyArray<Chosen<Row, Whole>>): void {
    const rows = told.flatMap(list => list.rows).sort((a, b) => b.at - a.at);
    this.empty.hidden = rows.length > 0;
    this.rows.show(rows);
    this.detail.hidden = rows.length === 0;
    const chosen = told.find(list => list.chosen !== undefined)?.chosen;
    const shown = chosen === undefined ? '' : `${chosen.id} ${this.listed.versionOf(chosen)}`;
    if (shown === this.shown) return;
    this.shown = shown;
    const content =
      chosen === undefined
        ? [h('p', { class: 'empty' }, this.listed.hint)]
        : this.listed.detail(chosen);
    this.detail.replaceChildren(...content);
    // On a phone it is above the list.
    if (this.detail.getBoundingClientRect().top < 0) this.detail.scrollIntoView();
  }

  private row(row: Row, before: HTMLElement | undefined): HTMLElement {
    const element = before ?? h('li', {}, h('a', { href: `#${this.listed.topic}/${row.id}` }));
    const link = element.firstElementChild as HTMLElement;
    setAttribute(link, 'aria-current', row.id === this.chosen ? 'true' : undefined);
    const version = this.listed.versionOf(row);
    if (element.dataset.version === version) return element;
    element.dataset.version = version;
    link.replaceChildren(...this.listed.row(row));
    return element;
  }
}
