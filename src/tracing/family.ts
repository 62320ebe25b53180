import type { Context, Link, Span, SpanKind } from '@opentelemetry/api';
import type { ResolvedConfig } from '../config';
import type { VangoCtx } from '../internal-types';

/** One kind of span: how it is named, placed and ended. */
export interface SpanFamily {
  readonly kind: SpanKind;
  /** From a closed set of names. */
  name(ctx: VangoCtx): string;
  /** The context that holds the span's parent, or none. */
  parent(ctx: VangoCtx, config: ResolvedConfig): Context;
  links?(ctx: VangoCtx, config: ResolvedConfig): Link[] | undefined;
  /** Called once the span has started, before the operation. */
  started?(span: Span, ctx: VangoCtx): void;
  /** Called before the span ends. */
  ending?(span: Span, ctx: VangoCtx): void;
}
