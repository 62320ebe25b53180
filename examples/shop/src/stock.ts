import { products } from './products';
import { redis } from './redis';

const INITIAL_STOCK = 20;

/** The stock of this process, for a shop without Redis. */
const localStock = new Map(products.map(({ id }) => [id, INITIAL_STOCK]));

const keyOf = (id: string): string => `shop:stock:${id}`;

/**
 * Looks up how many pieces of a product are left.
 *
 * @throws Error for an unknown product.
 */
export async function inStock(id: string): Promise<number> {
  const left = localStock.get(id);
  if (left === undefined) throw new Error(`No stock is kept of ${id}`);
  return redis === undefined ? left : INITIAL_STOCK - Number((await redis.get(keyOf(id))) ?? 0);
}

/** Takes pieces of a product off the stock. */
export async function take(id: string, quantity: number): Promise<void> {
  if (redis === undefined) localStock.set(id, Math.max(0, (await inStock(id)) - quantity));
  else await redis.incrBy(keyOf(id), quantity);
}
