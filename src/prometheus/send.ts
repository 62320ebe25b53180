import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Encoding } from './negotiate';

/** Milliseconds that a reader may take nothing. Prometheus gives up after 10 s, unless told. */
const PATIENCE = 30_000;

/**
 * Sends chunks as the body of a response, no faster than its reader takes them. Stops making chunks
 * when the reader goes away, and sends it away if it takes nothing for long.
 *
 * @throws Error if making a chunk fails; the response is then cut off
 */
export async function send(
  response: ServerResponse,
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
): Promise<void> {
  const body = withPatience(chunks, () => response.destroy());
  if (encoding === 'identity') await pipeline(body, response);
  else await pipeline(body, createGzip({ level: constants.Z_BEST_SPEED }), response);
}

async function* withPatience(
  chunks: AsyncIterable<Buffer>,
  giveUp: () => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const timer = setTimeout(giveUp, PATIENCE).unref();
    try {
      yield chunk;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Errors of a reader that went away. */
const LEFT: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** Whether `send()` failed because its reader went away. */
export function hasLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LEFT.has(error.code);
}
