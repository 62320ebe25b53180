import type { Attributes } from '@opentelemetry/api';
import { check, resolveConfig } from '../config';
import type { VangoCtx } from '../internal-types';
import { Telemetry, TRACE } from '../telemetry';
import { eventSpans } from '../tracing/event';
import { routeSpans } from '../tracing/route';
import type { VangoMiddleware } from './middleware';

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
 * Router middleware that makes a span for each event, and for each render, mount and resume; what the zero-code instrumentation traces already it leaves alone.
 * @throws TypeError that names the option at fault, its value and what to give instead
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): VangoMiddleware {
  const { tracerName = 'vango', ...config } = options;
  check('openTelemetry()', { tracerName }, { tracerName: isName });
  const telemetry = new Telemetry(resolveConfig(config, 'openTelemetry()'), tracerName);
  return (ctx, next) => {
    const family = ctx.event === undefined ? routeSpans : eventSpans;
    const observation = telemetry.observe(family, ctx, TRACE);
    return observation === undefined ? next() : observation.run(next, undefined);
  };
}
