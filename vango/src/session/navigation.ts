import { NotAuthorizedError, NotFoundError, RouteError } from '../errors';
import { isPromise, type MaybePromise } from '../maybePromise';
import { type Patch, PatchOp } from '../protocol';
import { InvalidPathError, type RouteMatch, resolveTarget, type Target } from '../routing';
import type { LivePage } from './livePage';
import type { UnitOfWork } from './unitOfWork';

const MAX_REDIRECTS = 10;

/** What knows the pages of an application. */
interface Pages {
  lookup(path: string): RouteMatch | undefined;
}

/**
 * Points a unit of work at the page that `target` names, relative to the page it is at.
 *
 * @throws InvalidPathError when the target leads out of this app
 */
export function setTarget(unit: UnitOfWork, target: string, pages: Pages): void {
  const { path, search, hash } = resolveTarget(target, unit.path + unit.search);
  const match = pages.lookup(path);
  unit.path = path;
  unit.search = search;
  unit.hash = hash;
  unit.match = match;
  unit.route = match?.route ?? 'unmatched';
  unit.params = match?.params ?? {};
}

/** The same for a target that a client sent: one that is not a path matches no page. */
export function setUntrustedTarget(unit: UnitOfWork, target: string, pages: Pages): void {
  try {
    setTarget(unit, target, pages);
  } catch (error) {
    if (!(error instanceof InvalidPathError)) throw error;
    unit.path = target;
    unit.search = '';
    unit.hash = '';
    unit.match = undefined;
    unit.route = 'unmatched';
    unit.params = {};
  }
}

/**
 * Renders the page of a mount or a resume through its middleware. Middleware that keeps the page
 * back, perhaps for a redirect, refuses it: the browser then asks for the page over HTTP, where
 * middleware can answer.
 */
export function renderThroughMiddleware(
  page: LivePage,
  unit: UnitOfWork,
  render: (page: LivePage, unit: UnitOfWork, match: RouteMatch) => void,
): MaybePromise<void> {
  const { match } = unit;
  if (match === undefined) throw new NotFoundError(`No page at ${unit.path}`);
  let isRendered = false;
  const verify = (): void => {
    if (!isRendered) throw new NotAuthorizedError(`Middleware kept ${unit.path} back`);
  };
  const passed = page.host.pipeline(match)(unit, reached => {
    isRendered = true;
    render(page, reached, match);
  });
  return isPromise(passed) ? passed.then(verify) : verify();
}

/**
 * Shows the page that `unit` leads to, and follows redirects of its middleware. Each navigation is
 * answered by a history patch, also one that fails: the browser waits for it.
 *
 * @param replace - whether the browser's history entry is replaced
 */
export async function navigate(page: LivePage, unit: UnitOfWork, replace: boolean): Promise<void> {
  const origin = { path: page.path, search: page.search, hash: '' };
  let isReplaced = replace;
  let isShown = false;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { match } = unit;
      if (match === undefined) throw new NotFoundError(`No page at ${unit.path}`);
      unit.kind = 'navigate';
      await page.host.pipeline(match)(unit, reached => {
        const change = page.show(reached, match);
        isShown = true;
        page.writeChange(change, [historyPatch(reached, isReplaced)], reached);
        page.flush(reached);
      });
      const { redirected } = unit;
      if (redirected === undefined) {
        if (!isShown) throw new RouteError(`The navigation to ${unit.path} was stopped`);
        return;
      }
      unit.redirected = undefined;
      isReplaced = true;
      setTarget(unit, redirected.path, page.host);
    }
    throw new RouteError(
      `The navigation to ${unit.path} was redirected more than ${MAX_REDIRECTS} times`,
    );
  } catch (error) {
    if (!isShown) page.write([historyPatch(origin, true)], unit);
    throw error;
  }
}

/** Clients take a path with `://` in it, even in its query, for another origin's. */
export function historyPatch({ path, search, hash }: Target, replace: boolean): Patch {
  const shown = (path + search + hash).replaceAll('://', ':%2F%2F');
  return { op: replace ? PatchOp.NavReplace : PatchOp.NavPush, hid: '', path: shown };
}
