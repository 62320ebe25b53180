import { products } from './products';
import { redis } from './redis';

const AT_FIRST = 20;

/** Where there is no Redis, each process has a stock of its own. */
const own = new Map(products.map(({ id }) => [id, AT_FIRST]));

const keyOf = (id: string): string => `shop:stock:${id}`;

/** Looks up how many are left; a product nobody knows is an error. */
export async function inStock(id: string): Promise<number> {
  const left = own.get(id);
  if (left === undefined) throw new Error(`No stock is kept of ${id}`);
  return redis === undefined ? left : AT_FIRST - Number((await redis.get(keyOf(id))) ?? 0);
}

export async function take(id: string, quantity: number): Promise<void> {
  if (redis === undefined) own.set(id, Math.max(0, (await inStock(id)) - quantity));
  else await redis.incrBy(keyOf(id), quantity);
}
