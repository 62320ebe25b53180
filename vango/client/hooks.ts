import { plain } from './dom';
import { hidOf } from './nodes';

/**
 * Sends a hook event to the server.
 *
 * `revert` undoes the change in the browser if the server asks for it.
 */
type PushEvent = (name: string, data?: Record<string, unknown>, revert?: () => void) => void;

/** Client-side behaviour of an element with `data-hook`. */
export interface Hook {
  mounted?(element: Element, config: unknown, pushEvent: PushEvent): void;
  updated?(element: Element, config: unknown, pushEvent: PushEvent): void;
  destroyed?(element: Element): void;
}

interface Live {
  readonly hook: Hook;
  readonly push: PushEvent;
  revert: (() => void) | undefined;
}

/** The registered hooks by name, and their instances by element. */
export class Hooks {
  private readonly classes = new Map<string, new () => Hook>();
  private readonly live = new Map<Element, Live>();

  constructor(
    private readonly send: (hid: string, name: string, data: Record<string, unknown>) => void,
  ) {}

  register(name: string, hook: new () => Hook): void {
    this.classes.set(name, hook);
    this.mount(document);
  }

  mount(root: ParentNode): void {
    if (root instanceof Element) this.start(root);
    for (const element of plain(root).querySelectorAll('[data-hook]')) this.start(element);
  }

  updated(element: Element): void {
    const live = this.live.get(element);
    if (live !== undefined) run(() => live.hook.updated?.(element, configOf(element), live.push));
  }

  destroy(root: Element): void {
    for (const element of [...this.live.keys()]) {
      if (plain(root).contains(element)) this.stop(element);
    }
  }

  destroyAll(): void {
    for (const element of [...this.live.keys()]) this.stop(element);
  }

  revert(element: Element | undefined): void {
    const live = element && this.live.get(element);
    live?.revert?.();
    if (live !== undefined) live.revert = undefined;
  }

  private start(element: Element): void {
    const Class = this.classes.get(plain(element).getAttribute('data-hook') ?? '');
    if (Class === undefined || this.live.has(element)) return;
    const live: Live = {
      hook: new Class(),
      push: (name, data = {}, revert = undefined) => {
        live.revert = revert;
        this.send(hidOf(element), name, data);
      },
      revert: undefined,
    };
    this.live.set(element, live);
    run(() => live.hook.mounted?.(element, configOf(element), live.push));
  }

  private stop(element: Element): void {
    const live = this.live.get(element);
    this.live.delete(element);
    run(() => live?.hook.destroyed?.(element));
  }
}

function configOf(element: Element): unknown {
  return JSON.parse(plain(element).getAttribute('data-hook-config') ?? '{}');
}

function run(call: () => void): void {
  try {
    call();
  } catch (error) {
    console.error('[vango] a hook threw', error);
  }
}
