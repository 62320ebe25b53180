import { expect } from 'chai';
import { warnings } from '../../../src/messages';
import { otlpPackage } from '../../../src/register/otlp';

const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
const METRICS = 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL';
const ALL = 'OTEL_EXPORTER_OTLP_PROTOCOL';

describe('the OTLP exporter', () => {
  for (const [signal, env, expected] of [
    ['trace', {}, 'trace-otlp-proto'],
    ['trace', { [TRACES]: 'http/protobuf' }, 'trace-otlp-proto'],
    ['trace', { [TRACES]: ' http/json ' }, 'trace-otlp-http'],
    ['trace', { [TRACES]: 'grpc', [ALL]: 'http/json' }, 'trace-otlp-grpc'],
    ['trace', { [TRACES]: ' ', [ALL]: 'http/json' }, 'trace-otlp-http'],
    ['trace', { [METRICS]: 'grpc' }, 'trace-otlp-proto'],
    ['trace', { [TRACES]: 'toString' }, 'trace-otlp-proto'],
    ['metrics', {}, 'metrics-otlp-proto'],
    ['metrics', { [METRICS]: 'http/json' }, 'metrics-otlp-http'],
    ['metrics', { [TRACES]: 'http/json', [ALL]: 'grpc' }, 'metrics-otlp-grpc'],
  ] as const)
    it(`of ${signal} with ${JSON.stringify(env)} is in ${expected}`, () =>
      expect(otlpPackage(signal, env)).to.equal(`@opentelemetry/exporter-${expected}`));

  it('has its default protocol, which a line says, where another one is asked for', () => {
    const env = { [TRACES]: 'http', [ALL]: 'grpc' };
    expect(otlpPackage('trace', env)).to.equal('@opentelemetry/exporter-trace-otlp-proto');
    expect(warnings.at(-1)).to.equal(
      `${TRACES} is "http"; http/protobuf is used. Give http/protobuf, http/json, grpc`,
    );
  });
});
