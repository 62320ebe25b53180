import type { ProcessAnswer } from '../src/live/wire';
import { h, KeyedChildren, setAttribute, setText } from './dom';
import { clock } from './format';

/** A process that was seen. */
interface Seen {
  readonly process: number;
  pid: number | undefined;
  state: 'alive' | 'silent' | 'ended';
  endedAt: number | undefined;
}

/**
 * The processes that share the port, where there are several. One that is gone stays marked until
 * another one has its number.
 */
export class Processes {
  private readonly seen = new Map<number, Seen>();
  private readonly buttons: KeyedChildren<Seen | undefined>;
  private chosen: number | undefined;

  /** @param changed - called when the user chooses a process */
  constructor(
    private readonly element: HTMLElement,
    changed: () => void,
  ) {
    this.buttons = new KeyedChildren(
      element,
      seen => String(seen?.process),
      (seen, before) => {
        const button = before ?? h('button', { type: 'button' });
        if (before === undefined)
          button.addEventListener('click', () => {
            this.chosen = seen?.process;
            this.draw();
            changed();
          });
        setText(button, seen === undefined ? 'All processes' : labelOf(seen));
        setAttribute(button, 'data-state', seen?.state ?? 'alive');
        setAttribute(button, 'aria-pressed', String(this.chosen === seen?.process));
        return button;
      },
    );
  }

  /** Takes notice of who answers. */
  note(answers: ReadonlyArray<ProcessAnswer<unknown>>): void {
    for (const { process, pid } of answers) {
      const before = this.seen.get(process);
      this.seen.set(process, {
        process,
        pid: pid ?? before?.pid,
        state: pid === undefined ? 'silent' : 'alive',
        endedAt: undefined,
      });
    }
    for (const seen of this.seen.values()) {
      if (answers.some(({ process }) => process === seen.process)) continue;
      seen.endedAt ??= Date.now();
      seen.state = 'ended';
    }
    this.draw();
  }

  /** The answers of the process that is chosen, or of all. */
  choose(answers: ReadonlyArray<ProcessAnswer<unknown>>): ReadonlyArray<ProcessAnswer<unknown>> {
    return answers.filter(({ process }) => this.chosen === undefined || process === this.chosen);
  }

  private draw(): void {
    this.element.hidden = this.seen.size < 2;
    const sorted = [...this.seen.values()].sort((a, b) => a.process - b.process);
    this.buttons.show([undefined, ...sorted]);
  }
}

function labelOf({ process, pid, state, endedAt }: Seen): string {
  const name = `Process ${process}`;
  if (state === 'ended') return `${name} ended ${clock(endedAt ?? 0)}`;
  if (state === 'silent') return `${name} does not answer`;
  return `${name}, pid ${pid}`;
}
