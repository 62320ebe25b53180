import { VangoInstrumentation } from './instrumentation';
import type { VangoExports } from './internal-types';
import { processState } from './processState';

/**
 * Instruments a vango that was bundled with the application: `instrument(vango)` after `import * as vango from 'vango'`. Uses the instrumentation that is
 * active, or makes one.
 * @throws TypeError when what is given is not vango
 */
export function instrument(vango: VangoExports): VangoInstrumentation {
  if (typeof vango?.App !== 'function' || typeof vango.Session !== 'function') {
    throw new TypeError(
      "instrument() was not given vango; call it with the module: import * as vango from 'vango'",
    );
  }
  const { owner } = processState();
  const instrumentation = (owner as VangoInstrumentation | undefined) ?? new VangoInstrumentation();
  instrumentation.instrument(vango);
  return instrumentation;
}
