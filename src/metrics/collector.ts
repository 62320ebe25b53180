import { processState } from '../processState';
import type { RuntimeMetrics } from './runtimeMetrics';

/** Records metrics of the runtime by hand, for what no watched app reports. */
export interface Collector extends RuntimeMetrics {
  /** Moves the number of active sessions by `delta`. */
  recordSessionActive(delta: number): void;
  /** Moves the number of detached sessions by `delta`. */
  recordSessionDetached(delta: number): void;
}

/** The collector of this process, once `VangoInstrumentation` or `prometheus()` has made its instruments. */
export function getMetrics(): Collector | undefined {
  const { recorder } = processState();
  return recorder?.isBound ? recorder : undefined;
}

/** A session was created. Like all functions here, without effect before the instruments are made. */
export function recordSessionCreate(): void {
  getMetrics()?.recordSessionActive(1);
}

/** An active session ended. @param memoryBytes its estimated memory */
export function recordSessionDestroy(memoryBytes?: number): void {
  const collector = getMetrics();
  collector?.recordSessionActive(-1);
  if (memoryBytes !== undefined) collector?.recordSessionMemory(memoryBytes);
}

/** An active session lost its browser. */
export function recordSessionDetach(): void {
  const collector = getMetrics();
  collector?.recordSessionActive(-1);
  collector?.recordSessionDetached(1);
}

/** A detached session has its browser back. */
export function recordSessionReattach(): void {
  const collector = getMetrics();
  collector?.recordSessionDetached(-1);
  collector?.recordSessionActive(1);
}

/** A session was ended to keep a limit. */
export function recordEviction(): void {
  getMetrics()?.recordEviction();
}

/** Patches were written. */
export function recordPatches(count: number): void {
  getMetrics()?.recordPatches(count);
}

/** A browser came back with a session id and was accepted. */
export function recordReconnect(): void {
  getMetrics()?.recordReconnect();
}

/** A resume reached its first resync. */
export function recordResume(): void {
  getMetrics()?.recordResumeSuccess();
}

/** A resume failed. @param reason a value of the label `reason` of `vango_session_resume_failed_total` */
export function recordResumeFailed(reason: string): void {
  getMetrics()?.recordResumeFailure(reason);
}

/** A WebSocket failed. @param type a value of the label `type` of `vango_websocket_errors_total` */
export function recordWebSocketError(type: string): void {
  getMetrics()?.recordWebSocketError(type);
}
