import { createClient } from 'redis';

const url = process.env.SHOP_REDIS;

/** The Redis at the URL in `SHOP_REDIS`. With it, several processes share sessions and stock. */
export const redis = url === undefined ? undefined : createClient({ url });
