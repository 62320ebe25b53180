import { persisted, signal } from 'vango';
import { findProduct, type Product } from './products';

/** Quantities by product id. Each visitor has a cart, which outlives a restart of the server. */
const cart = persisted<Readonly<Record<string, number>>>({}, { key: 'cart' });

/** Products that all visitors have added since the start. Every open page shows it. */
export const totalAdded = signal(0);

export function addToCart(id: string): void {
  totalAdded.value++;
  cart().update(lines => ({ ...lines, [id]: (lines[id] ?? 0) + 1 }));
}

export function emptyCart(): void {
  cart().value = {};
}

export function cartCount(): number {
  return Object.values(cart().value).reduce((sum, quantity) => sum + quantity, 0);
}

export function cartLines(): Array<{ product: Product; quantity: number }> {
  return Object.entries(cart().value).flatMap(([id, quantity]) => {
    const product = findProduct(id);
    return product === undefined ? [] : [{ product, quantity }];
  });
}
