import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Starts a backend that discards what it receives. */
export async function startSink(): Promise<{ env: Record<string, string>; stop(): void }> {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.end()),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
