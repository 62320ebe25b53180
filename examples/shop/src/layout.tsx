import type { Layout } from 'vango';
import { cartCount } from './cart';

function CartBadge() {
  return (
    <span id="cart-count" class="badge">
      {cartCount()}
    </span>
  );
}

export const ShopLayout: Layout = ({ children }) => (
  <div class="shop">
    <header>
      <a href="/" class="brand" data-vango-link>
        Kettle &amp; Cup
      </a>
      <nav>
        <a href="/" data-vango-link>
          Products
        </a>
        <a href="/checkout" id="to-checkout" data-vango-link>
          Checkout <CartBadge />
        </a>
      </nav>
    </header>
    <main>{children}</main>
  </div>
);
