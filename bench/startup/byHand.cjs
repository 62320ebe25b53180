// The SDK with a Prometheus exporter as a user starts it, without an instrumentation.
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
const { NodeSDK } = require('@opentelemetry/sdk-node');

new NodeSDK({ metricReaders: [new PrometheusExporter({ port: 0 })] }).start();
