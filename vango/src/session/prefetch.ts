import { isPromise } from '../promise';
import type { CustomData } from '../protocol';
import { inTurn } from '../reactive/turn';
import type { RouteMatch } from '../routing';
import { Ctx } from './ctx';
import { documentProps } from './page';
import { aimAtRequest, type Session } from './session';
import { PageTree } from './tree';

/**
 * Renders a page the user may go to next, through its middleware, and forgets it: caches of the app are warm then. Nothing may be written, and failures and what is asked for too
 * often are passed over (protocol §13.4).
 */
export function prefetch(session: Session, { data }: CustomData): void {
  const { app } = session;
  try {
    session.prefetches.take();
    const { path } = JSON.parse(new TextDecoder().decode(data)) as { path: string };
    const ctx = new Ctx(app, 'prefetch', session.path, session.search);
    ctx.session = session;
    aimAtRequest(ctx, String(path));
    const { match } = ctx;
    if (match === undefined) return;
    const ended = (): void => {
      ctx.ended = true;
    };
    const rendered = inTurn(
      ctx,
      prefetched => app.pipeline(match)(prefetched, ctx => render(ctx, match)),
      ctx,
    );
    if (isPromise(rendered)) rendered.then(ended, ended);
    else ended();
  } catch (error) {
    app.logger.info('A page was not prefetched', error);
  }
}

function render(ctx: Ctx, match: RouteMatch): void {
  const tree = new PageTree(ctx.app, undefined, () => {});
  try {
    tree.mount(documentProps(ctx.app, match, ctx));
  } finally {
    tree.dispose();
  }
}
