export interface Product {
  readonly id: string;
  readonly name: string;
  /** In cents. */
  readonly price: number;
  readonly description: string;
}

export const products: readonly Product[] = [
  { id: 'kettle', name: 'Kettle', price: 3490, description: 'Boils a litre in three minutes.' },
  { id: 'teapot', name: 'Teapot', price: 2750, description: 'Cast iron, holds eight cups.' },
  { id: 'cup', name: 'Cup', price: 890, description: 'Stoneware, fits both hands.' },
  {
    id: 'grinder',
    name: 'Coffee grinder',
    price: 4200,
    description: 'Conical burrs, eighteen settings.',
  },
  { id: 'filter', name: 'Filter holder', price: 1500, description: 'Porcelain, for two cups.' },
  { id: 'scale', name: 'Scale', price: 2300, description: 'Weighs to a tenth of a gram.' },
];

export function findProduct(id: string): Product | undefined {
  return products.find(product => product.id === id);
}

export function search(text: string): readonly Product[] {
  const wanted = text.trim().toLowerCase();
  return products.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(wanted),
  );
}

export function money(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`;
}
