/**
 * Zero-code entry: `node --require @vango/opentelemetry/register app.js`, or `--import`.
 * Starts OpenTelemetry as the standard environment variables say, unless the application or another preload has.
 */
import { isMainThread } from 'node:worker_threads';
import { register } from './register/register';

// Preloads run again in each worker thread, where there is no server to observe and its port would be taken.
if (isMainThread) register();
