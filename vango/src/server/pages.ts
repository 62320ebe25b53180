import type { IncomingMessage, ServerResponse } from 'node:http';
import { isInstance, NotFoundError } from '../errors';
import { isPromise, type MaybePromise } from '../promise';
import type { RouteMatch, Target } from '../routing';
import { Ctx } from '../session/ctx';
import { fingerprint, pageHtml } from '../session/document';
import { documentProps } from '../session/page';
import { PageTree } from '../session/tree';
import type { App } from './app';
import { serveClient } from './client';
import { CSRF_COOKIE, isGenuine, issueToken } from './csrf';
import { isSecure } from './forwarded';
import { RequestRefusedError } from './gate';
import { createRenderToken } from './renderToken';

const NO_EFFECT = (): void => {};

/** Answers one HTTP request: the client script, a redirect to the canonical path, or a page. */
export async function servePage(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const asked = app.gate.read(request);
    app.gate.checkHost(request);
    if (serveClient(request, response, asked.path)) return;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    if (asked.changed) {
      response.writeHead(308, { location: asked.path + asked.search }).end();
      return;
    }
    const ctx = pageCtx(app, request, asked);
    await app.renderPage(ctx);
    ctx.ended = true;
    write(ctx, response);
  } catch (error) {
    if (isInstance(error, RequestRefusedError)) response.writeHead(error.status, TEXT).end(error.message);
    else {
      app.logger.error('A page request failed', error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, TEXT).end('Internal Server Error');
    }
  }
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

function pageCtx(app: App, request: IncomingMessage, { path, search }: Target): Ctx {
  const ctx = new Ctx(app, 'page', path, search);
  ctx.request = request;
  ctx.response = { status: 200, headers: {}, body: undefined };
  ctx.match = app.lookup(path);
  ctx.route = ctx.match?.route ?? 'unmatched';
  ctx.params = ctx.match?.params ?? {};
  return ctx;
}

/** Renders the page of `ctx` through its middleware; what fails is left in `ctx.error`. */
export function renderPage(ctx: Ctx): MaybePromise<void> {
  try {
    if (ctx.match === undefined) throw new NotFoundError(`No page at ${ctx.path}`);
    const rendered = ctx.app.pipeline(ctx.match)(ctx, renderTree);
    return isPromise(rendered) ? rendered.catch(error => ctx.fail(error)) : rendered;
  } catch (error) {
    ctx.fail(error);
  }
}

function renderTree(ctx: Ctx): void {
  const { app, response } = ctx;
  if (response === undefined) return;
  const tree = new PageTree(app, undefined, NO_EFFECT);
  try {
    tree.mount(documentProps(app, ctx.match as RouteMatch, ctx));
    if (ctx.route === 'unmatched' && response.status === 200) response.status = 404;
    response.body = pageHtml(tree.html, app.head + runtimeTags(ctx, fingerprint(tree.html)));
    keepCsrfCookie(ctx);
  } finally {
    tree.dispose();
  }
}

/** The script tag that starts the browser client, and the trace context an observer gave the page. */
function runtimeTags(ctx: Ctx, shown: string): string {
  const query = new URLSearchParams({ path: ctx.path + ctx.search, render: createRenderToken(shown) });
  let tags = '';
  if (ctx.traceparent !== undefined) {
    query.set('traceparent', ctx.traceparent);
    tags = `<meta name="traceparent" content="${ctx.traceparent.replace(/[^0-9a-f-]/g, '')}">`;
  }
  const url = `/_vango/live?${query}`.replaceAll('&', '&amp;');
  return `${tags}<script src="/_vango/client.js" data-vango="true" data-ws-url="${url}"${nonceAttribute(ctx)} defer></script>`;
}

/** @throws TypeError for what no Content-Security-Policy may have as its nonce */
function nonceAttribute(ctx: Ctx): string {
  const { nonce } = ctx.app;
  if (nonce === undefined) return '';
  const value: unknown = nonce(ctx);
  if (typeof value === 'string' && /^[\w+/-]+={0,2}$/.test(value)) return ` nonce="${value}"`;
  throw new TypeError(
    `nonce() gave ${String(value)}; give the base64 text that the header of this page names`,
  );
}

/** Gives the browser a token, unless it has one that is still genuine: a deploy may have changed the secret. */
function keepCsrfCookie(ctx: Ctx): void {
  const { csrfSecret } = ctx.app;
  const held = ctx.cookie(CSRF_COOKIE);
  if (held !== undefined && isGenuine(held, held, csrfSecret)) return;
  const secure = isCookieSecure(ctx) ? '; Secure' : '';
  const cookie = `${CSRF_COOKIE}=${issueToken(csrfSecret)}; Path=/; SameSite=Lax${secure}`;
  const others = ctx.response?.headers['set-cookie'];
  ctx.setHeader('set-cookie', [
    ...(Array.isArray(others) ? others : others === undefined ? [] : [String(others)]),
    cookie,
  ]);
}

function isCookieSecure({ app, request }: Ctx): boolean {
  return app.secureCookies ?? (request !== undefined && isSecure(request, app.proxies));
}

function write(ctx: Ctx, response: ServerResponse): void {
  const { status, headers, body } = ctx.response as NonNullable<Ctx['response']>;
  if (ctx.error === undefined && ctx.redirected !== undefined) {
    response.writeHead(ctx.redirected.status, { ...headers, location: ctx.redirected.path }).end();
    return;
  }
  const text = ctx.error === undefined ? (body ?? '') : errorPage(status);
  const sent = ctx.request?.method === 'HEAD' ? undefined : text;
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
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${name}</title></head><body><h1>${status}</h1><p>${name}</p></body></html>`;
}

const ERROR_TEXTS: Record<number, string> = {
  401: 'Please sign in',
  403: 'Not allowed',
  404: 'Page not found',
  422: 'The request does not fit',
  429: 'Too many requests',
};
