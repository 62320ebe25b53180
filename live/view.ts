/** One of the views of the page. */
export interface View<T> {
  readonly element: HTMLElement;
  /** Takes the rest of the address: what is chosen in this view. */
  open?(rest: readonly string[]): void;
  /** Takes what the chosen processes tell: the server sends what the topic of the view says. */
  show(told: readonly T[]): void;
  close?(): void;
}
