import type { Layout } from 'vango';
import { cartCount, totalAdded } from './cart';

function Ticker() {
  return <small id="ticker">{totalAdded.value} added by all visitors</small>;
}

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
    <footer>
      <Ticker />
    </footer>
  </div>
);
