import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

// A question is one line; the answer is a text that ends with a zero byte, so that one that was cut
// off is noticed. HTTP would make spans and metrics where the application instruments it.

/** What one process answers another. */
export interface Answer {
  /** Whether a process listens there at all. */
  readonly isAlive: boolean;
  /** The whole text, if it came in time. */
  readonly text?: string;
}

/** Answers a question, in pieces. */
export type Respond = (question: string) => AsyncIterable<string | Buffer>;

const END = '\0';
/** Errors of sockets that no process holds any more. */
const ABANDONED = new Set(['ECONNREFUSED', 'ENOENT']);
/** Milliseconds within which a question has to come, and its answer has to be read. */
const IDLE_LIMIT = 5000;
/** Characters of a question at most. */
const MAX_QUESTION = 1024;

/**
 * Asks the process that listens at a path. Never fails, and does not hold up the end of this
 * process.
 *
 * @param question - One line.
 * @param limit - Milliseconds until the whole answer has to be there.
 */
export function ask(path: string, question: string, limit: number): Promise<Answer> {
  return new Promise(resolve => {
    const pieces: string[] = [];
    let isAlive = true;
    const socket = connect({ path }).unref().setEncoding('utf8');
    const timer = setTimeout(() => socket.destroy(), limit).unref();
    socket
      .on('data', (piece: string) => pieces.push(piece))
      .on('error', (error: NodeJS.ErrnoException) => {
        isAlive = !ABANDONED.has(error.code ?? '');
      })
      .on('close', () => {
        clearTimeout(timer);
        const text = pieces.join('');
        resolve(text.endsWith(END) ? { isAlive, text: text.slice(0, -1) } : { isAlive });
      });
    socket.write(`${question}\n`);
  });
}

/** Answers the question that comes on a connection, and ends the connection. */
export function answer(socket: Socket, respond: Respond): void {
  let question = '';
  const read = (piece: string): void => {
    question += piece;
    const end = question.indexOf('\n');
    if (end < 0) {
      if (question.length > MAX_QUESTION) socket.destroy();
      return;
    }
    socket.off('data', read);
    // What fails ends the connection, without the end that makes an answer whole.
    pipeline(Readable.from(whole(respond(question.slice(0, end)))), socket).catch(() => {});
  };
  socket
    .unref()
    .setEncoding('utf8')
    .setTimeout(IDLE_LIMIT, () => socket.destroy())
    .on('error', () => {})
    .on('data', read);
}

async function* whole(pieces: ReturnType<Respond>): AsyncGenerator<string | Buffer> {
  yield* pieces;
  yield END;
}
