import { signal } from 'vango';

/** Visitors' clicks on “Add to cart” in all sessions: one number for the whole shop, which every open page shows. */
export const added = signal(0);
