import { signal } from 'vango';
import { addToCart } from '../cart';
import { money, search } from '../products';

export function Home() {
  const query = signal('');
  const found = search(query.value);
  return (
    <section>
      <h1>Products</h1>
      <input
        id="search"
        type="search"
        placeholder="Search"
        aria-label="Search"
        value={query.value}
        onInput={text => {
          query.value = text;
        }}
      />
      <p id="found">
        {found.length} {found.length === 1 ? 'product' : 'products'}
      </p>
      <ul class="products">
        {found.map(product => (
          <li key={product.id} data-testid={`product-${product.id}`}>
            <a href={`/products/${product.id}`} data-vango-link>
              {product.name}
            </a>
            <span class="price">{money(product.price)}</span>
            <button type="button" id={`add-${product.id}`} onClick={() => addToCart(product.id)}>
              Add to cart
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        id="report"
        class="quiet"
        onClick={() => {
          throw new Error('The feedback service is not reachable');
        }}
      >
        Report a problem
      </button>
    </section>
  );
}
