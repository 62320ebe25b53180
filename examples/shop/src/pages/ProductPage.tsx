import type { PageProps } from 'vango';
import { addToCart } from '../cart';
import { findProduct, money } from '../products';

export function ProductPage({ params }: PageProps<'/products/:id'>) {
  const product = findProduct(params.id);
  if (product === undefined) return <p id="missing">There is no product called “{params.id}”.</p>;
  return (
    <article id="product">
      <h1>{product.name}</h1>
      <p>{product.description}</p>
      <p class="price">{money(product.price)}</p>
      <button type="button" id="add" onClick={() => addToCart(product.id)}>
        Add to cart
      </button>
    </article>
  );
}
