import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which the event loop turns. */
const SLICE = 4;
/** Characters handed over at once. */
const CHUNK = 65_536;

/** The turn of the last slice that asked for one. */
let last: Promise<unknown> = Promise.resolve();

/** Resolves in a turn of the event loop that no other slice has. */
function nextTurn(): Promise<unknown> {
  last = last.then(() => setImmediate());
  return last;
}

/** Encodes text in slices of bounded time. It goes on when its reader has taken what there is. */
export async function* inSlices(pieces: Iterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  await nextTurn();
  let end = performance.now() + SLICE;
  for (const piece of pieces) {
    text += piece;
    const isOver = performance.now() >= end;
    if (!isOver && text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + SLICE;
  }
  if (text !== '') yield Buffer.from(text);
}
