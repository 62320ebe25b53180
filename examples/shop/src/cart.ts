import { persisted } from 'vango';
import { findProduct, type Product } from './products';
import { added } from './ticker';

/** Quantities by product id; each visitor has their own, and finds it again after a restart. */
export const cart = persisted<Readonly<Record<string, number>>>({}, { key: 'cart' });

export function addToCart(id: string): void {
  added.value++;
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
