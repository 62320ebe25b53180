import { page } from './dom';

/**
 * Reports an error to the console, and to the page as a `vango:error` event.
 *
 * @param message - What failed, and what to do about it.
 * @param code - The code of the server's error frame; 0 for an error of the browser.
 * @param fatal - Whether the connection ends because of it.
 */
export function reportError(message: string, code = 0, fatal = false): void {
  console.error(`[vango] ${code === 0 ? '' : `error ${code}: `}${message}`);
  page.dispatchEvent(new CustomEvent('vango:error', { detail: { code, message, fatal } }));
}
