import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_SCRIPT } from '../generated/clientScript';

const PATH = '/_vango/client.js';

interface Script {
  readonly bytes: Buffer;
  readonly etag: string;
}

let script: Script | undefined;

/** Made once, when first asked for. */
function load(): Script {
  if (script === undefined) {
    const bytes = Buffer.from(CLIENT_SCRIPT);
    script = { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` };
  }
  return script;
}

/** Answers requests for the browser client (protocol §13.1); false for other paths. */
export function serveClient(request: IncomingMessage, response: ServerResponse, path: string): boolean {
  if (path !== PATH) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return true;
  }
  const { bytes, etag } = load();
  const headers = {
    'content-type': 'application/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=0, must-revalidate',
    etag,
  };
  if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
  else
    response
      .writeHead(200, { ...headers, 'content-length': bytes.length })
      .end(request.method === 'HEAD' ? undefined : bytes);
  return true;
}
