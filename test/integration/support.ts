import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { VangoPrometheusExporter } from '../../src/prometheus';
import { type App, createApp, h, signal } from '../../vango/src';
import { silentLogger } from '../../vango/test/support/logger';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { Scrape, textOf } from '../support/prometheus';

/** A meter provider and the text a scrape of it gives. */
export class TestMetrics {
  private readonly exporter = new VangoPrometheusExporter({ preventServerStart: true });
  readonly provider = new MeterProvider({ readers: [this.exporter] });

  async scrape(): Promise<Scrape> {
    return new Scrape(await textOf(this.exporter));
  }
}

/** A tracer provider that keeps its spans, and a context manager for the process. */
export class TestTraces {
  readonly exporter = new InMemorySpanExporter();
  readonly provider: BasicTracerProvider;

  /** @param others - processors beside the one that keeps the spans */
  constructor(...others: readonly SpanProcessor[]) {
    this.provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(this.exporter), ...others],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  get spans(): ReturnType<InMemorySpanExporter['getFinishedSpans']> {
    return this.exporter.getFinishedSpans();
  }
}

/** An app with one page: a counter, and a button that fails. */
export async function counterApp(): Promise<{
  app: App;
  open(): Promise<{ page: LoadedPage; client: WireClient }>;
}> {
  function Page() {
    const count = signal(0);
    const fail = (): never => {
      throw new Error('it failed');
    };
    return h('main', null, [
      h('button', { id: 'count', onClick: () => count.update(n => n + 1) }, `${count.value}`),
      h('button', { id: 'fail', onClick: fail }, 'fail'),
      h('input', { id: 'input', value: '', onInput: () => count.update(n => n + 1) }),
    ]);
  }
  const app = createApp({ logger: silentLogger() });
  app.page('/items/:id', Page);
  const { port } = await app.listen(0, '127.0.0.1');
  return {
    app,
    async open() {
      const page = await loadPage(`http://127.0.0.1:${port}`, '/items/1');
      return { page, client: await WireClient.connect(page.socketUrl) };
    },
  };
}
