import { AsyncWork } from './asyncWork';
import { EffectSlot } from './effect';
import { Run } from './run';
import { currentScope, type Scope } from './scope';

/** `pending` before the first load, `loading` during one, then `ready` or `error`. */
export type ResourceState = 'pending' | 'loading' | 'ready' | 'error';

/** Options of `resource()`. */
export interface ResourceOptions {
  /** Name for observers. Default: the name of the function, or its place. */
  name?: string;
  /** Loads again when the result of this function changes. */
  key?: () => unknown;
  /** Milliseconds for which a value is fresh: `fetch()` does not load within them. Default: 0. */
  staleTime?: number;
  /** Attempts after a failure. Default: 0. */
  retries?: number;
  /** Milliseconds before each of these attempts. Default: 0. */
  retryDelay?: number;
}

/**
 * Data that a page loads. Loading starts after the first commit, the latest load wins, and results
 * are applied as dispatched work.
 */
export class Resource<T> extends AsyncWork<ResourceState, T> {
  private loadedAt = Number.NEGATIVE_INFINITY;

  constructor(
    owner: Scope,
    private readonly load: (signal: AbortSignal) => T | Promise<T>,
    name: string,
    private readonly options: ResourceOptions,
  ) {
    super(owner, 'resource', name, 'pending');
    owner.host.metrics.noteResource(name);
    owner.onDispose(() => this.running?.cancel());
  }

  /** Loads, unless the value is fresh. */
  fetch(): void {
    const { staleTime = 0 } = this.options;
    if (performance.now() - this.loadedAt >= staleTime) this.refetch();
  }

  /** Loads in any case. An earlier load is cancelled and its result dropped. */
  refetch(): void {
    const { session, metrics } = this.owner.host;
    if (session === undefined || this.owner.disposed) return;
    this.running?.cancel();
    this.running = undefined;
    try {
      session.resourceStarts.take();
    } catch (error) {
      metrics.recordResourceError(this.name);
      this.show({ state: 'error', error });
      return;
    }
    this.begin(new Run(this.name, session, this.load), { state: 'loading' });
  }

  /** Marks the value as stale. */
  invalidate(): void {
    this.loadedAt = Number.NEGATIVE_INFINITY;
  }

  /** Shows another value without loading. */
  mutate(change: (value: T | undefined) => T): void {
    this.show({ state: 'ready', value: change(this.peekValue()), error: undefined });
  }

  /** Instrumentation surface: one load, retries included. */
  async execute(run: Run<T>): Promise<T> {
    const { retries = 0, retryDelay = 0 } = this.options;
    for (let left = retries; ; left--) {
      try {
        return await run.attempt();
      } catch (error) {
        if (left <= 0 || run.signal.aborted) throw error;
        if (retryDelay > 0) await new Promise(resolve => setTimeout(resolve, retryDelay));
      }
    }
  }

  protected onSettled(milliseconds: number, hasFailed: boolean): void {
    this.loadedAt = performance.now();
    const { metrics } = this.owner.host;
    metrics.recordResourceDuration(this.name, milliseconds);
    if (hasFailed) metrics.recordResourceError(this.name);
  }

  protected succeed(value: T): void {
    this.show({ state: 'ready', value, error: undefined });
  }

  protected fail(error: unknown): void {
    this.show({ state: 'error', error });
  }
}

/**
 * Creates a resource of a component: `const products = resource(fetchProducts, { name: 'products'
 * })`. Render by `products.state`. Nothing is loaded while a page is rendered for HTTP.
 *
 * @throws Error when called outside of a render
 */
export function resource<T>(
  load: (signal: AbortSignal) => T | Promise<T>,
  options: ResourceOptions = {},
): Resource<T> {
  const scope = currentScope();
  if (scope === undefined)
    throw new Error('resource() was called outside of a component; call it in the render');
  const name = options.name ?? (load.name || scope.stableName('resource'));
  const made = scope.slot<Resource<T>>(Resource, () => new Resource(scope, load, name, options));
  scope.slot(
    EffectSlot,
    () =>
      new EffectSlot(scope, () => {
        options.key?.();
        made.fetch();
      }),
  );
  return made;
}
