import { isMainThread } from 'node:worker_threads';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { resolveConfig } from '../config';
import { configFromEnvironment } from '../environment';
import { VangoInstrumentation } from '../instrumentation';
import { operatorLine } from '../messages';
import { beforeNextApp, isModuleLoaded, whenModuleLoaded } from '../moduleRegistry';
import { hasMeterProvider } from '../sdkState';
import type { VangoInstrumentationConfig } from '../types';
import { isApiUnused } from './api';
import { atFirstUse } from './firstUse';
import { nodeInstrumentations } from './nodeInstrumentation';
import { explain } from './sdk';
import { type Settings, settingsFrom } from './settings';
import { start } from './start';

/**
 * Instruments this process, as its environment says, before it creates an app of vango. The SDK
 * starts with the first use of the OpenTelemetry API or with vango. A process that uses neither,
 * such as npm, is left alone. Never throws: a line says what is wrong, and the application starts.
 */
export function register(): void {
  const act = guarded(plan);
  if (act !== undefined) whenModuleLoaded(act);
}

/** Returns what to do when vango is loaded. */
function plan(): (() => void) | undefined {
  // Preloads run again in each worker thread. No signal announces its end, and it would need a
  // port of its own.
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
  let isJoining = false;
  const begin = (): (() => void) | undefined => {
    started ??= guarded(() => {
      makeWay();
      isJoining = hasMeterProvider();
      return start(settings);
    });
    return started;
  };
  const makeWay = isApiUnused() ? atFirstUse(begin) : () => {};
  const isLate = isModuleLoaded();
  return () => {
    const announce = begin();
    const instrument = (): void => {
      registerInstrumentations({ instrumentations: [new VangoInstrumentation(config)] });
      // Whoever set up metrics has chosen what else to instrument.
      if (settings.instrumentsNode && !isJoining && hasMeterProvider())
        registerInstrumentations({ instrumentations: nodeInstrumentations() });
      announce?.();
    };
    // The first instrumentation installs hooks that slow all modules that are loaded after it, and
    // hide some, such as node:http, from the instrumentations of later preloads.
    if (isLate) instrument();
    else beforeNextApp(reporting(instrument));
  };
}

/**
 * Calls `make` and returns the function that it makes. An error of either becomes a line on
 * standard error when vango is loaded.
 */
function guarded(make: () => (() => void) | undefined): (() => void) | undefined {
  try {
    const act = make();
    return act && reporting(act);
  } catch (error) {
    return () => report(error);
  }
}

/** Returns a function that calls `act` and reports an error of it. */
function reporting(act: () => void): () => void {
  return () => {
    try {
      act();
    } catch (error) {
      report(error);
    }
  };
}

function report(error: unknown): void {
  operatorLine(`telemetry not started: ${explain(error)}`);
}
