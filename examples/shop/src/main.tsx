import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, fileStore, redisStore } from 'vango';
import { ShopLayout } from './layout';
import { log, runtimeLog } from './log';
import { Admin, adminOnly } from './pages/Admin';
import { Checkout } from './pages/Checkout';
import { Faults } from './pages/Faults';
import { Home } from './pages/Home';
import { ProductPage } from './pages/ProductPage';
import { redis } from './redis';
import { styles } from './styles';

const app = createApp({
  title: 'Kettle & Cup',
  head: styles,
  persist: {
    store:
      redis === undefined
        ? fileStore(process.env.SHOP_SESSIONS ?? join(tmpdir(), 'vango-shop-sessions'))
        : redisStore(redis),
    interval: Number(process.env.SHOP_SAVE_INTERVAL ?? 30_000),
  },
  limits: JSON.parse(process.env.SHOP_LIMITS ?? '{}'),
  logger: runtimeLog,
});

app
  .layout('/', ShopLayout)
  .page('/', Home)
  .page('/products/:id', ProductPage, { title: ({ params }) => `${params.id} – Kettle & Cup` })
  .page('/checkout', Checkout, { title: 'Checkout – Kettle & Cup' })
  .page('/faults', Faults, { title: 'Faults – Kettle & Cup' })
  .page('/admin', Admin, { title: 'Admin – Kettle & Cup', middleware: adminOnly })
  .notFound(() => <p id="not-found">There is no such page.</p>);

async function main(): Promise<void> {
  await redis?.connect();
  const { port } = await app.listen(Number(process.env.PORT ?? 8080));
  console.log(`The shop is open at http://localhost:${port}`);
}

async function shutDown(): Promise<void> {
  await app.close();
  await redis?.close();
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void shutDown());

main().catch(error => {
  log.error(error);
  if (redis?.isOpen) redis.destroy();
  process.exitCode = 1;
});
