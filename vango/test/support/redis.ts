import { Child } from './child';
import { freePort } from './wait';

/**
 * Starts a Redis that stores nothing on disk. `stopChildren()` stops it.
 *
 * @returns Its URL.
 */
export async function startRedis(): Promise<string> {
  const port = await freePort();
  const redis = new Child('redis-server', [
    '--port',
    `${port}`,
    '--save',
    '',
    '--bind',
    '127.0.0.1',
  ]);
  await redis.until(/Ready to accept connections/);
  return `redis://127.0.0.1:${port}`;
}
