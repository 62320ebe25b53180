import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { CLIENT_SCRIPT, MORPH_SCRIPT } from '../generated/clientScript';

/** The client, and the part that it loads to redraw a page. */
const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['/_vango/client.js', CLIENT_SCRIPT],
  ['/_vango/morph.js', MORPH_SCRIPT],
]);

/**
 * A script in one content coding. Each coding has a tag of its own, since a strong tag names bytes.
 */
interface Script {
  readonly bytes: Buffer;
  readonly headers: OutgoingHttpHeaders;
}

interface Scripts {
  readonly plain: Script;
  readonly gzip: Script;
  readonly tags: ReadonlySet<string>;
}

const loaded = new Map<string, Scripts>();

/** Created at the first request. */
function load(source: string): Scripts {
  let scripts = loaded.get(source);
  if (scripts === undefined) {
    const bytes = Buffer.from(source);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const [plain, gzip] = [`"${hash}"`, `"${hash}-gzip"`];
    scripts = {
      plain: { bytes, headers: headersFor(plain) },
      gzip: {
        bytes: gzipSync(bytes, { level: 9 }),
        headers: { ...headersFor(gzip), 'content-encoding': 'gzip' },
      },
      tags: new Set([plain, gzip]),
    };
    loaded.set(source, scripts);
  }
  return scripts;
}

function headersFor(etag: string): OutgoingHttpHeaders {
  return {
    'content-type': 'application/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=0, must-revalidate',
    vary: 'accept-encoding',
    etag,
  };
}

/**
 * Answers requests for the scripts of the browser client (docs/protocol.md, section 13.1). Returns
 * false for other paths.
 */
export function serveClient(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  const source = SCRIPTS.get(path);
  if (source === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return true;
  }
  const { plain, gzip, tags } = load(source);
  const { bytes, headers } = acceptsGzip(request.headers['accept-encoding']) ? gzip : plain;
  if (names(request.headers['if-none-match'], tags)) response.writeHead(304, headers).end();
  else
    response
      .writeHead(200, { ...headers, 'content-length': bytes.length })
      .end(request.method === 'HEAD' ? undefined : bytes);
  return true;
}

/** Whether `If-None-Match` names one of the tags. Tags that proxies weakened count as equal. */
function names(header: string | undefined, tags: ReadonlySet<string>): boolean {
  if (header?.trim() === '*') return true;
  return header?.match(/"[^"]*"/g)?.some(tag => tags.has(tag)) ?? false;
}

/** Whether `Accept-Encoding` accepts gzip, by name or by `*`, with a weight above 0. */
function acceptsGzip(header = ''): boolean {
  const weights = new Map<string, number>();
  for (const entry of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = entry.split(';').map(part => part.trim());
    const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
    weights.set(coding, weight === undefined ? 1 : Number(weight));
  }
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}
