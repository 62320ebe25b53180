import { Client } from './client';
import { page } from './dom';

declare global {
  interface Window {
    /** The client of this page, for scripts that register hooks or reconnect. */
    __vango__?: Client;
  }
}

function start(): void {
  const script = page.querySelector<HTMLScriptElement>('script[data-vango]');
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = encodeURIComponent(location.pathname + location.search);
  const fallback = `/_vango/live?path=${path}`;
  const url = new URL(script?.dataset.wsUrl ?? fallback, `${scheme}//${location.host}`);
  const morphScript = new URL('morph.js', script?.src ?? `${location.origin}/_vango/`);
  const client = new Client(url, morphScript.href);
  window.__vango__ = client;
  const auth = new BroadcastChannel('vango:auth');
  auth.onmessage = ({ data }) => {
    if (data?.type === 'expired' || data?.type === 'logout') location.reload();
  };
  client.start();
}

if (page.readyState === 'loading') page.addEventListener('DOMContentLoaded', start);
else start();
