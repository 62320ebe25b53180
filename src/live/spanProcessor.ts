import { processState } from '../processState';
import { safely } from '../safely';
import type { FinishedSpan } from './waterfalls';

/**
 * Brings the spans of all instrumentations of a process to the waterfalls of its live view. Without
 * it they show the parts of each event alone. Give it to the tracer provider, beside the processors
 * that export. It keeps nothing while nobody looks.
 *
 * `@vango/opentelemetry/register` has it where the live view is on.
 */
export class LiveViewSpanProcessor {
  onStart(span: Pick<FinishedSpan, 'spanContext'>): void {
    const watch = processState().live?.watch;
    if (watch === undefined) return;
    safely('span', 'following a span', () => watch.waterfalls.spanStarted(span.spanContext()));
  }

  onEnd(span: FinishedSpan): void {
    const watch = processState().live?.watch;
    if (watch === undefined) return;
    safely('span', 'following a span', () => watch.waterfalls.spanEnded(span));
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
