import type { SessionStore } from './sessionStore';

/** A connected Redis client: node-redis and ioredis fit. */
export type RedisClient =
  | { sendCommand(command: string[]): Promise<unknown> }
  | { call(command: string, ...args: string[]): Promise<unknown> };

/**
 * Keeps sessions in Redis, so that any process can continue them.
 *
 * @param prefix - of all keys. Default: `vango:`
 * @throws TypeError when the client cannot send commands
 */
export function redisStore(client: RedisClient, prefix = 'vango:'): SessionStore {
  const send = sender(client);
  const key = (id: string): string => `${prefix}session:${id}`;
  const schema = `${prefix}schema`;
  const get = async (name: string): Promise<string | undefined> => {
    const value = await send('GET', name);
    return value == null ? undefined : String(value);
  };
  return {
    async save(id, blob, ttl) {
      await send('SET', key(id), blob, 'PX', String(Math.max(1, Math.round(ttl))));
    },
    load: id => get(key(id)),
    async delete(id) {
      await send('DEL', key(id));
    },
    readSchema: () => get(schema),
    async writeSchema(record) {
      await send('SET', schema, record);
    },
  };
}

function sender(client: RedisClient): (command: string, ...args: string[]) => Promise<unknown> {
  // ioredis has a sendCommand() too, with other arguments.
  if ('call' in client && typeof client.call === 'function')
    return (command, ...args) => client.call(command, ...args);
  if ('sendCommand' in client && typeof client.sendCommand === 'function') {
    return (command, ...args) => client.sendCommand([command, ...args]);
  }
  throw new TypeError(
    'redisStore() was given no client; give a connected one of the packages redis or ioredis',
  );
}
