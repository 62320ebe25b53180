import type { Kit } from '../kit';
import type { Alert } from './alert';
import { burnAlerts } from './burn';
import { eventAlerts } from './events';
import { processAlerts } from './process';
import { sessionAlerts } from './sessions';
import { stateAlerts } from './state';
import { wireAlerts } from './wire';

/** All alerts, in the order of the runbook. */
export function alerts(kit: Kit): Alert[] {
  return [burnAlerts, eventAlerts, sessionAlerts, wireAlerts, stateAlerts, processAlerts].flatMap(
    part => part(kit),
  );
}
