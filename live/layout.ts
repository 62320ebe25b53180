import { type Child, h, setAttribute } from './dom';

/** A view with its title, and what stands beside that. */
export function page(
  title: Child,
  beside: readonly Child[],
  ...content: readonly Child[]
): HTMLElement {
  return h('div', {}, head(h('h1', {}, title), ...beside), ...content);
}

/** A part of a view with a title of its own. */
export function card(title: string, ...content: readonly Child[]): HTMLElement {
  return h('section', { class: 'card' }, h('h2', {}, title), ...content);
}

/** A title with something beside it. */
export function head(...content: readonly Child[]): HTMLElement {
  return h('div', { class: 'head' }, ...content);
}

/** A sentence that explains something. */
export function note(...text: readonly Child[]): HTMLElement {
  return h('p', { class: 'note' }, ...text);
}

export function code(text: string): HTMLElement {
  return h('span', { class: 'code' }, text);
}

/** Names with what they are; those that are not known are left out. */
export function facts(
  entries: ReadonlyArray<readonly [name: string, value: Child | undefined]>,
): HTMLElement {
  const known = entries.flatMap(([name, value]) =>
    value === undefined || value === ''
      ? []
      : [h('div', {}, h('dt', {}, name), h('dd', {}, value))],
  );
  return h('dl', { class: 'facts' }, ...known);
}

export function sessionLink(id: string): HTMLElement {
  return h('a', { href: `#session/${id}`, class: 'code' }, id);
}

/** A few views of the same, of which one is shown. */
export class Choices<Name extends string> {
  readonly element: HTMLElement;
  private readonly links: ReadonlyArray<readonly [Name, HTMLElement]>;

  constructor(label: string, titles: ReadonlyArray<readonly [Name, string]>) {
    this.links = titles.map(([name, title]) => [name, h('a', {}, title)]);
    this.element = h(
      'p',
      { class: 'choices', role: 'group', 'aria-label': label },
      ...this.links.map(([, link]) => link),
    );
  }

  show(chosen: Name, hrefOf: (name: Name) => string): void {
    for (const [name, link] of this.links) {
      setAttribute(link, 'href', hrefOf(name));
      setAttribute(link, 'aria-current', name === chosen ? 'true' : undefined);
    }
  }
}
