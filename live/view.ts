import type { ProcessAnswer } from '../src/live/wire';

/** One of the views of the page. */
export interface View {
  readonly element: HTMLElement;
  /** Takes the rest of the address: what is chosen in this view. */
  open?(rest: readonly string[]): void;
  /** Takes what the chosen processes tell. */
  show(answers: ReadonlyArray<ProcessAnswer<unknown>>): void;
  close?(): void;
}

/** What the processes tell, where they do. */
export function dataOf<T>(answers: ReadonlyArray<ProcessAnswer<unknown>>): T[] {
  // The server sends what the topic of the view says.
  return answers.flatMap(({ data }) => (data === undefined ? [] : [data as T]));
}
