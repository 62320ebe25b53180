import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageResponse } from '../ctx';
import { isInstance, NotFoundError } from '../errors';
import { isPromise, type MaybePromise } from '../maybePromise';
import type { PageStatus } from '../metrics';
import type { RouteMatch, Target } from '../routing';
import { documentProps, fingerprint, pageHtml } from '../session/document';
import { PageTree } from '../session/tree';
import { UnitOfWork } from '../session/unitOfWork';
import { serveClient } from './clientScript';
import { CSRF_COOKIE, isGenuine, issueToken } from './csrf';
import { isSecure } from './forwarded';
import { RequestRefusedError } from './gate';
import type { ServerHost } from './serverHost';

const NO_EFFECT = (): void => {};

/**
 * Answers one HTTP request: with the client script, a redirect to the canonical path, or a page.
 * All but the script count as page requests.
 */
export async function servePage(
  app: ServerHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const route = await answer(app, request, response);
  if (route === undefined) return;
  const seconds = (performance.now() - startedAt) / 1000;
  app.metrics.recordPageDuration(route, classOf(response.statusCode), seconds);
}

function classOf(status: number): PageStatus {
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}

/** Returns the route that was asked for; undefined for the client script. Never rejects. */
async function answer(
  app: ServerHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string | undefined> {
  let route = 'unmatched';
  try {
    const asked = app.gate.read(request);
    app.gate.checkHost(request);
    if (serveClient(request, response, asked.path)) return undefined;
    const unit = new PageUnit(app, request, asked);
    route = unit.route;
    app.metrics.noteRoute(route);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (asked.changed) {
      response.writeHead(308, { location: asked.path + asked.search }).end();
    } else {
      await app.renderPage(unit);
      write(unit, response);
    }
  } catch (error) {
    if (isInstance(error, RequestRefusedError)) {
      response.writeHead(error.status, TEXT).end(error.message);
    } else {
      app.logger.error('A page request failed', error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, TEXT).end('Internal Server Error');
    }
  }
  return route;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** The unit of work that renders a page for HTTP. */
export class PageUnit extends UnitOfWork {
  override readonly response: PageResponse = { status: 200, headers: {}, body: undefined };

  constructor(
    readonly app: ServerHost,
    override readonly request: IncomingMessage,
    { path, search }: Target,
  ) {
    super(app, 'page', path, search);
    this.match = app.lookup(path);
    this.route = this.match?.route ?? 'unmatched';
    this.params = this.match?.params ?? {};
  }
}

/** Renders a page through its middleware. A failure is left in `unit.error`. */
export function renderPage(app: ServerHost, unit: PageUnit): MaybePromise<void> {
  const { match } = unit;
  try {
    if (match === undefined) throw new NotFoundError(`No page at ${unit.path}`);
    const rendered = app.pipeline(match)(unit, reached => renderTree(reached, match));
    return isPromise(rendered) ? rendered.catch(error => unit.fail(error)) : rendered;
  } catch (error) {
    unit.fail(error);
  }
}

function renderTree(unit: PageUnit, match: RouteMatch): void {
  const { app, response } = unit;
  const tree = new PageTree(app, undefined, NO_EFFECT);
  try {
    tree.mount(documentProps(app, match, unit));
    if (unit.route === 'unmatched' && response.status === 200) response.status = 404;
    const tags = runtimeTags(unit, fingerprint(tree.html));
    response.body = pageHtml(tree.html, app.options.head + tags);
    keepCsrfCookie(unit);
  } finally {
    tree.dispose();
  }
}

/** The script tag that starts the browser client, and the trace context of the page. */
function runtimeTags(unit: PageUnit, shown: string): string {
  const { app, path, search, traceparent } = unit;
  const render = app.renderTokens.create(shown, traceparent);
  const query = new URLSearchParams({ path: path + search, render });
  let tags = '';
  if (traceparent !== undefined) {
    query.set('traceparent', traceparent);
    tags = `<meta name="traceparent" content="${traceparent.replace(/[^0-9a-f-]/g, '')}">`;
  }
  const url = `/_vango/live?${query}`.replaceAll('&', '&amp;');
  return (
    `${tags}<script src="/_vango/client.js" data-vango="true" data-ws-url="${url}"` +
    `${nonceAttribute(unit)} defer></script>`
  );
}

/** @throws TypeError for a nonce that no Content-Security-Policy may have */
function nonceAttribute(unit: PageUnit): string {
  const { nonce } = unit.app.options;
  if (nonce === undefined) return '';
  const value: unknown = nonce(unit);
  if (typeof value === 'string' && /^[\w+/-]+={0,2}$/.test(value)) return ` nonce="${value}"`;
  throw new TypeError(
    `nonce() gave ${String(value)}; give the base64 text that the header of this page names`,
  );
}

/**
 * Gives the browser a CSRF token, unless it has a genuine one: a deploy may have changed the
 * secret.
 */
function keepCsrfCookie(unit: PageUnit): void {
  const { csrfSecret } = unit.app.options;
  const held = unit.cookie(CSRF_COOKIE);
  if (held !== undefined && isGenuine(held, held, csrfSecret)) return;
  const secure = isCookieSecure(unit) ? '; Secure' : '';
  const cookie = `${CSRF_COOKIE}=${issueToken(csrfSecret)}; Path=/; SameSite=Lax${secure}`;
  const others = unit.response.headers['set-cookie'];
  unit.setHeader('set-cookie', [
    ...(Array.isArray(others) ? others : others === undefined ? [] : [String(others)]),
    cookie,
  ]);
}

function isCookieSecure({ app, request }: PageUnit): boolean {
  return app.options.secureCookies ?? isSecure(request, app.proxies);
}

function write(unit: PageUnit, response: ServerResponse): void {
  const { status, headers, body } = unit.response;
  if (unit.error === undefined && unit.redirected !== undefined) {
    response
      .writeHead(unit.redirected.status, { ...headers, location: unit.redirected.path })
      .end();
    return;
  }
  const text = unit.error === undefined ? (body ?? '') : errorPage(status);
  const sent = unit.request?.method === 'HEAD' ? undefined : text;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    })
    .end(sent);
}

function errorPage(status: number): string {
  const name = ERROR_TEXTS[status] ?? 'Something went wrong';
  return (
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${name}</title></head>` +
    `<body><h1>${status}</h1><p>${name}</p></body></html>`
  );
}

const ERROR_TEXTS: Record<number, string> = {
  401: 'Please sign in',
  403: 'Not allowed',
  404: 'Page not found',
  422: 'The request does not fit',
  429: 'Too many requests',
};
