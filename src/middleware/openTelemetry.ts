import type { Attributes } from '@opentelemetry/api';
import { check, resolveConfig } from '../config';
import type { UnitOfWork } from '../internal-types';
import { Observer } from '../tracing/observer';
import { eventSpans, routeSpans } from '../tracing/spans';
import type { VangoCtx, VangoMiddleware } from '../types';

/** Options of `openTelemetry()`. */
export interface OpenTelemetryOptions {
  /** Name of the tracer. Default: `vango`. */
  tracerName?: string;
  /** Whether spans carry the user's id. Default: false. */
  includeUserId?: boolean;
  /** Whether spans carry the route template. Default: true. */
  includeRoute?: boolean;
  /** Which units of work get a span. Default: all. */
  filter?: (ctx: VangoCtx) => boolean;
  /** Further attributes of a span, set at its start. */
  attributeExtractor?: (ctx: VangoCtx) => Attributes;
}

const isName = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? undefined : 'a name that is not empty';

/**
 * Router middleware that starts a span for each event, render, mount and resume, unless an
 * instrumentation has started one already.
 *
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): VangoMiddleware {
  const { tracerName = 'vango', ...config } = options;
  check('openTelemetry()', { tracerName }, { tracerName: isName });
  const observer = new Observer(resolveConfig(config, 'openTelemetry()'), tracerName);
  return (ctx, next) => {
    const definition = ctx.event === undefined ? routeSpans : eventSpans;
    const observation = observer.observe(definition, ctx as UnitOfWork, {
      count: false,
      span: true,
    });
    return observation === undefined ? next() : observation.run(next, undefined);
  };
}
