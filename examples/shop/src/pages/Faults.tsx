import { type Ctx, persisted, signal } from 'vango';

const notes = persisted('', { key: 'notes' });

/** One button per common mistake. Press one and look at its traces and metrics. */
export function Faults() {
  const late = signal(0);
  const faults: ReadonlyArray<readonly [id: string, label: string, onClick: (ctx: Ctx) => void]> = [
    [
      'slow',
      'Wait for half a second',
      () => new Promise<void>(resolve => setTimeout(resolve, 500)),
    ],
    [
      'failure',
      'Throw an error',
      () => {
        throw new Error('A bug of the shop');
      },
    ],
    [
      'late-write',
      'Write a signal from a timer, without dispatch',
      () => {
        setTimeout(() => late.update(n => n + 1), 1);
      },
    ],
    ['large-note', 'Keep more than a session may', () => notes().update(() => 'x'.repeat(70_000))],
    ['small-note', 'Keep a short note instead', () => notes().update(() => 'short')],
    [
      'lost-element',
      'Fire an event on an element that is gone',
      ctx => ctx.emit('flash', null, 'gone'),
    ],
  ];
  return (
    <section>
      <h1>Faults</h1>
      <ul>
        {faults.map(([id, label, onClick]) => (
          <li key={id}>
            <button type="button" id={id} onClick={onClick}>
              {label}
            </button>
          </li>
        ))}
      </ul>
      <p id="late">{late.value} writes from a timer</p>
    </section>
  );
}
