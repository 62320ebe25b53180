export type MaybePromise<T> = T | Promise<T>;

/** Whether a result is still to come; any thenable counts. */
export function isPromise<T>(result: MaybePromise<T>): result is Promise<T> {
  return typeof (result as PromiseLike<T> | undefined)?.then === 'function';
}
