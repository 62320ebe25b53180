import type { Kit } from '../kit';
import { events, perceived } from './events';
import { overview } from './overview';
import type { Row } from './panel';
import { node, telemetry } from './process';
import { sessions } from './sessions';
import { state } from './state';
import { wire } from './wire';
import { work } from './work';

/** All rows of the dashboard, in order. */
export function rows(kit: Kit): Row[] {
  return [overview, events, perceived, sessions, wire, work, state, node, telemetry].map(row =>
    row(kit),
  );
}
