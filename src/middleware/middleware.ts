import type { VangoCtx } from '../internal-types';

/** Middleware of vango's router. */
export type VangoMiddleware = (ctx: VangoCtx, next: () => void | Promise<void>) => void | Promise<void>;
