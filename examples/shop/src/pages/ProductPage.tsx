import { type PageProps, resource } from 'vango';
import { addToCart } from '../cart';
import { findProduct, money } from '../products';
import { inStock } from '../stock';

function Stock({ id }: { id: string }) {
  const left = resource(() => inStock(id), { name: 'stock' });
  if (left.state === 'error') return <p id="stock">We do not know how many are left.</p>;
  return <p id="stock">{left.value === undefined ? 'Looking …' : `${left.value} left`}</p>;
}

export function ProductPage({ params }: PageProps<'/products/:id'>) {
  const product = findProduct(params.id);
  if (product === undefined) {
    return (
      <section>
        <p id="missing">There is no product called “{params.id}”.</p>
        <Stock id={params.id} />
      </section>
    );
  }
  return (
    <article id="product">
      <h1>{product.name}</h1>
      <p>{product.description}</p>
      <p class="price">{money(product.price)}</p>
      <Stock id={product.id} />
      <button type="button" id="add" onClick={() => addToCart(product.id)}>
        Add to cart
      </button>
    </article>
  );
}
