import type { Ctx } from '../ctx';
import { isPromise, type MaybePromise } from '../maybePromise';

/**
 * Runs around page renders, mounts, resumes, navigations and events. A middleware that does not
 * call `next` keeps back what it guards.
 */
export type Middleware = (ctx: Ctx, next: () => MaybePromise<void>) => MaybePromise<void>;

/** Runs a unit of work through middleware to `innermost`. */
export type Pipeline = <C extends Ctx>(
  ctx: C,
  innermost: (ctx: C) => MaybePromise<void>,
) => MaybePromise<void>;

/**
 * Composes several middlewares, the first one outermost. The result is synchronous unless one of
 * them is asynchronous.
 */
export function compose(middleware: readonly Middleware[]): Pipeline {
  if (middleware.length === 0) return (ctx, innermost) => innermost(ctx);
  return (ctx, innermost) => {
    const step = (index: number): MaybePromise<void> => {
      const current = middleware[index];
      if (current === undefined) return innermost(ctx);
      let called = false;
      return current(ctx, () => {
        if (called)
          throw new Error(
            `next() was called twice by the middleware ${current.name || `#${index + 1}`}; ` +
              'call it once',
          );
        called = true;
        return step(index + 1);
      });
    };
    const result = step(0);
    return isPromise(result) ? result : undefined;
  };
}
