import { isMainThread } from 'node:worker_threads';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { resolveConfig } from '../config';
import { configFromEnvironment } from '../environment';
import { VangoInstrumentation } from '../instrumentation';
import { operatorLine } from '../messages';
import { whenModuleLoaded } from '../moduleRegistry';
import type { VangoInstrumentationConfig } from '../types';
import { isApiUnused } from './api';
import { atFirstUse } from './firstUse';
import { explain } from './sdk';
import { type Settings, settingsFrom } from './settings';
import { start } from './start';

/**
 * Instruments this process as its environment says, once it loads vango; the SDK is there from the first use of the OpenTelemetry API on. A process that
 * does neither, such as npm, is left alone. Never throws: what is wrong is told on the console, and the application starts.
 */
export function register(): void {
  const act = guarded(plan);
  if (act !== undefined) whenModuleLoaded(act);
}

/** What is to be done when vango is there. */
function plan(): (() => void) | undefined {
  // Preloads run again in each worker thread, whose end no signal tells of and where a port would be taken a second time.
  if (!isMainThread) {
    return () =>
      operatorLine(
        'telemetry off: vango runs in a worker thread, where only an SDK of its own can be started',
      );
  }
  const settings = settingsFrom(process.env);
  if (settings.isDisabled) return undefined;
  if (settings.left !== undefined) return () => operatorLine(`telemetry off: ${settings.left}`);
  const config = configFromEnvironment();
  resolveConfig(config);
  return prepare(settings, config);
}

function prepare(settings: Settings, config: VangoInstrumentationConfig): () => void {
  let started: (() => void) | undefined;
  const begin = (): (() => void) | undefined => {
    started ??= guarded(() => {
      makeWay();
      return start(settings);
    });
    return started;
  };
  const makeWay = isApiUnused() ? atFirstUse(begin) : () => {};
  return () => {
    const announce = begin();
    // Not before vango is loaded: the first instrumentation of a process puts hooks in place that hide modules loaded from then on, such as
    // node:http, from instrumentations that later preloads add.
    registerInstrumentations({ instrumentations: [new VangoInstrumentation(config)] });
    announce?.();
  };
}

/** What `make` gives, made safe: what either throws is told, when vango is there, and goes no further. */
function guarded(make: () => (() => void) | undefined): (() => void) | undefined {
  const tell = (error: unknown): void => operatorLine(`telemetry not started: ${explain(error)}`);
  try {
    const act = make();
    return (
      act &&
      (() => {
        try {
          act();
        } catch (error) {
          tell(error);
        }
      })
    );
  } catch (error) {
    return () => tell(error);
  }
}
