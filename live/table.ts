import { h, KeyedChildren, setAttribute, setText } from './dom';

/** A column of a table: what it says of a row, as text, and where that leads. */
export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly href?: (row: T) => string;
  /** Whether it holds numbers, which stand below each other. */
  readonly isNumeric?: boolean;
  /** Whether phones leave it out. */
  readonly isWide?: boolean;
  /** Whether its text is shown as in source code. */
  readonly isCode?: boolean;
  /** Whether what it says of a row is a problem. */
  readonly isBad?: (row: T) => boolean;
}

/** A table whose rows change. */
export class Table<T> {
  readonly element: HTMLElement;
  private readonly rows: KeyedChildren<T>;
  private readonly table: HTMLElement;
  private readonly heads: readonly HTMLElement[];
  private readonly nothing: HTMLElement;
  private sorted: Column<T> | undefined;

  constructor(
    caption: string,
    empty: string,
    private readonly columns: ReadonlyArray<Column<T>>,
    keyOf: (row: T) => string,
  ) {
    const body = h('tbody');
    this.heads = columns.map(column =>
      h('th', { scope: 'col', class: classOf({ ...column, isCode: false }) }, column.title),
    );
    this.table = h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...this.heads)),
      body,
    );
    this.nothing = h('p', { class: 'empty' }, empty);
    this.element = h('div', { class: 'table' }, this.table, this.nothing);
    this.rows = new KeyedChildren(body, keyOf, (row, before) => this.row(row, before));
    this.show([]);
  }

  /** Marks the column that the rows are sorted by; phones show it too. */
  sortedBy(column: Column<T> | undefined): void {
    this.sorted = column;
    for (const [index, head] of this.heads.entries()) {
      const isSorted = this.columns[index] === column;
      setAttribute(head, 'aria-sort', isSorted ? 'descending' : undefined);
      head.classList.toggle('sorted', isSorted);
    }
  }

  show(rows: readonly T[]): void {
    this.rows.show(rows);
    this.table.hidden = rows.length === 0;
    this.nothing.hidden = rows.length > 0;
  }

  private row(row: T, before: HTMLElement | undefined): HTMLElement {
    const element = before ?? h('tr', {}, ...this.columns.map(column => cellOf(column)));
    for (const [index, column] of this.columns.entries()) {
      const { text, href, isBad } = column;
      const cell = element.children[index] as HTMLElement;
      const holder = href === undefined ? cell : (cell.firstElementChild as HTMLElement);
      setText(holder, text(row));
      if (href !== undefined) setAttribute(holder, 'href', href(row));
      cell.classList.toggle('failed', isBad?.(row) ?? false);
      cell.classList.toggle('sorted', column === this.sorted);
    }
    return element;
  }
}

function cellOf<T>(column: Column<T>): HTMLElement {
  const cell = h('td', { class: classOf(column) });
  if (column.href !== undefined) cell.append(h('a'));
  return cell;
}

function classOf<T>({ isNumeric, isWide, isCode }: Column<T>): string | undefined {
  const names = [isNumeric && 'number', isWide && 'wide', isCode && 'code'].filter(Boolean);
  return names.length === 0 ? undefined : names.join(' ');
}
