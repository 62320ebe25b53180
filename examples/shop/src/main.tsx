import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, fileStore } from 'vango';
import { ShopLayout } from './layout';
import { Admin, adminOnly } from './pages/Admin';
import { Checkout } from './pages/Checkout';
import { Home } from './pages/Home';
import { ProductPage } from './pages/ProductPage';
import { styles } from './styles';

const app = createApp({
  title: 'Kettle & Cup',
  head: styles,
  persist: { store: fileStore(process.env.SHOP_SESSIONS ?? join(tmpdir(), 'vango-shop-sessions')) },
});

app
  .layout('/', ShopLayout)
  .page('/', Home)
  .page('/products/:id', ProductPage, { title: ({ params }) => `${params.id} – Kettle & Cup` })
  .page('/checkout', Checkout, { title: 'Checkout – Kettle & Cup' })
  .page('/admin', Admin, { title: 'Admin – Kettle & Cup', middleware: adminOnly })
  .notFound(() => <p id="not-found">There is no such page.</p>);

async function main(): Promise<void> {
  const { port } = await app.listen(Number(process.env.PORT ?? 8080));
  console.log(`The shop is open at http://localhost:${port}`);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());

main().catch(error => {
  console.error(error.message);
  process.exitCode = 1;
});
