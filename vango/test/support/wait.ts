import type { AddressInfo } from 'node:net';
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

/** Finds a free TCP port. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
