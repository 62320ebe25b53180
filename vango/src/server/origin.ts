import type { IncomingMessage } from 'node:http';

/** Whether a WebSocket request comes from a page of this host. Requests without `Origin` do not come from pages. */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).host === headers.host?.toLowerCase();
  } catch {
    return false;
  }
}
