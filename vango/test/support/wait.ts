import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Waits until a condition holds, and checks it every 20 ms.
 *
 * @param what - The condition, for the error message.
 * @param look - Returns a truthy value once the condition holds.
 * @param limit - Milliseconds to wait at most.
 * @returns The value.
 * @throws Error after the limit.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  limit = 15_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + limit;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`not within ${limit} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/**
 * Finds a free TCP port below the ranges from which systems choose ports themselves. A port of
 * such a range can go to any other listener between this call and its use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
