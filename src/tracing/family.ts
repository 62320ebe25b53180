import type { Link, Span, SpanKind } from '@opentelemetry/api';
import type { VangoCtx } from '../internal-types';

/** One kind of span: how it is named, placed and ended. */
export interface SpanFamily {
  readonly kind: SpanKind;
  /** Whether the span is below the active one; others begin a trace, or go on with one that the client sent. */
  readonly nested: boolean;
  /** From a closed set of names. */
  name(ctx: VangoCtx): string;
  links?(ctx: VangoCtx): Link[];
  /** Reading of `performance.now()` when the operation began, if that was before now. */
  startTime?(ctx: VangoCtx): number | undefined;
  /** Called once the span has started, before the operation. */
  started?(span: Span, ctx: VangoCtx): void;
  /** Called before the span ends. */
  ending?(span: Span, ctx: VangoCtx): void;
}
