import { isPromise, type MaybePromise } from '../promise';
import type { Ctx } from '../session/ctx';

/** Runs around page renders, mounts, resumes, navigations and events. Not calling `next` holds back what it guards. */
export type Middleware = (ctx: Ctx, next: () => MaybePromise<void>) => MaybePromise<void>;

/** Runs a context through middleware to `innermost`. */
export type Pipeline = (ctx: Ctx, innermost: (ctx: Ctx) => MaybePromise<void>) => MaybePromise<void>;

/** One pipeline of several middlewares, first outermost. What none of them makes asynchronous stays synchronous. */
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
            `next() was called twice by the middleware ${current.name || `#${index + 1}`}; call it once`,
          );
        called = true;
        return step(index + 1);
      });
    };
    const result = step(0);
    return isPromise(result) ? result : undefined;
  };
}
