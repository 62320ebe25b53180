import { shared, signal } from 'vango';
import { findProduct, type Product } from './products';

/** Quantities by product id; each visitor has their own. */
export const cart = shared(() => signal<Readonly<Record<string, number>>>({}));

export function addToCart(id: string): void {
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
