/**
 * Zero-code entry: `node --require @vango/opentelemetry/register app.js`, or `--import`. Starts
 * OpenTelemetry as the standard environment variables say, unless the application or another
 * preload does.
 */
import { register } from './register/register';

register();
