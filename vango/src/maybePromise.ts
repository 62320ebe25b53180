export type MaybePromise<T> = T | Promise<T>;

/** Whether a result is a promise or any other thenable. */
export function isPromise<T>(result: MaybePromise<T>): result is Promise<T> {
  return typeof (result as PromiseLike<T> | undefined)?.then === 'function';
}
