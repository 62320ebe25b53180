import { createClient } from 'redis';

const url = process.env.SHOP_REDIS;

/** The Redis that SHOP_REDIS names, if it does: then several processes share sessions and stock. */
export const redis = url === undefined ? undefined : createClient({ url });
