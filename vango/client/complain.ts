import { page } from './dom';

/** Tells the log, and the page, what went wrong in the browser. */
export function complain(message: string): void {
  console.error(`[vango] ${message}`);
  page.dispatchEvent(new CustomEvent('vango:error', { detail: { code: 0, message, fatal: false } }));
}
