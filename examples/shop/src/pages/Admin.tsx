import { type Middleware, NotAuthorizedError } from 'vango';
import { totalAdded } from '../cart';

/** Allows only visitors whose URL has the token. The WebSocket's URL has the query of the page. */
export const adminOnly: Middleware = (ctx, next) => {
  const token = process.env.SHOP_ADMIN_TOKEN;
  if (token === undefined || ctx.query.get('token') !== token) throw new NotAuthorizedError();
  ctx.setUser({ id: 'admin' });
  return next();
};

export function Admin() {
  return <p id="admin">{totalAdded.value} products were added to carts since the start.</p>;
}
