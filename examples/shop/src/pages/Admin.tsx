import { type Middleware, NotAuthorizedError } from 'vango';
import { added } from '../ticker';

/** Lets in who knows the token: in the URL of the page, or in the address its socket was opened for. */
export const adminOnly: Middleware = (ctx, next) => {
  const token = process.env.SHOP_ADMIN_TOKEN;
  if (token === undefined || ctx.query.get('token') !== token) throw new NotAuthorizedError();
  ctx.setUser({ id: 'admin' });
  return next();
};

export function Admin() {
  return <p id="admin">{added.value} products were put into carts since the start.</p>;
}
