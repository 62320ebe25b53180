import { isPromise } from '../maybePromise';
import type { CustomData } from '../protocol';
import type { RateLimiter } from '../reactive/rateLimiter';
import type { ScopeSession } from '../reactive/scope';
import { inTurn } from '../reactive/turn';
import { documentProps } from './document';
import type { SessionHost } from './host';
import { setUntrustedTarget } from './navigation';
import { PageTree } from './tree';
import { UnitOfWork } from './unitOfWork';

/** The session that a page is prefetched for. */
interface Prefetching extends ScopeSession {
  readonly host: SessionHost;
  readonly path: string;
  readonly search: string;
}

/**
 * Renders a page that the user may go to next, through its middleware, and drops it: the caches of
 * the app are warm afterwards. Nothing may be written. Failures and requests over the limit are
 * only logged (docs/protocol.md, section 13.4).
 */
export function prefetch(session: Prefetching, limiter: RateLimiter, { data }: CustomData): void {
  const { host } = session;
  try {
    limiter.take();
    const { path } = JSON.parse(new TextDecoder().decode(data)) as { path: string };
    const unit = new UnitOfWork(host, 'prefetch', session.path, session.search);
    unit.session = session;
    setUntrustedTarget(unit, String(path), host);
    const rendered = inTurn(unit, renderAndDrop, host, unit);
    if (isPromise(rendered)) rendered.catch(error => logFailure(host, error));
  } catch (error) {
    logFailure(host, error);
  }
}

function logFailure({ logger }: SessionHost, error: unknown): void {
  logger.info('A page was not prefetched', error);
}

function renderAndDrop(host: SessionHost, unit: UnitOfWork): ReturnType<typeof inTurn> {
  const { match } = unit;
  if (match === undefined) return;
  return host.pipeline(match)(unit, reached => {
    const tree = new PageTree(host, undefined, () => {});
    try {
      tree.mount(documentProps(host, match, reached));
    } finally {
      tree.dispose();
    }
  });
}
