import { VangoInstrumentation } from './instrumentation';
import { processState } from './processState';
import type { VangoExports } from './types';

/**
 * Instruments a copy of vango that was bundled with the application: `instrument(vango)` after
 * `import * as vango from 'vango'`. Uses the active instrumentation, or creates one.
 *
 * @throws TypeError when the argument is not the module `vango`
 */
export function instrument(vango: VangoExports): VangoInstrumentation {
  if (typeof vango?.App !== 'function' || typeof vango.Session !== 'function') {
    throw new TypeError(
      "instrument(): the argument is not the module vango; pass it: import * as vango from 'vango'",
    );
  }
  const { owner } = processState();
  const instrumentation = (owner as VangoInstrumentation | undefined) ?? new VangoInstrumentation();
  instrumentation.instrument(vango);
  return instrumentation;
}
