import { dirname } from 'node:path';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { safely } from '../safely';

const PACKAGE = '@opentelemetry/instrumentation-runtime-node';

interface Exports {
  readonly RuntimeNodeInstrumentation: new () => Instrumentation;
}

/**
 * The instrumentation of Node.js itself, where the application has it: delay of the event loop,
 * garbage collection and heap.
 */
export function nodeInstrumentations(): Instrumentation[] {
  const path = pathOf(PACKAGE);
  if (path === undefined) return [];
  const create = (): Instrumentation[] => {
    const { RuntimeNodeInstrumentation } = require(path) as Exports;
    return [new RuntimeNodeInstrumentation()];
  };
  return safely('metric', 'instrumenting Node.js', create) ?? [];
}

/** Where the application, or this package, finds another package. */
function pathOf(name: string): string | undefined {
  const [, main] = process.argv;
  try {
    return require.resolve(name, {
      paths: [main === undefined ? process.cwd() : dirname(main), __dirname],
    });
  } catch {
    return undefined;
  }
}
