import { processState } from '../processState';
import type { Collector } from '../types';

/** The collector of this process, once `VangoInstrumentation` or `prometheus()` created it. */
export function getMetrics(): Collector | undefined {
  const { recorder } = processState();
  return recorder?.isBound ? recorder.collector : undefined;
}

/** Records a new session. Has no effect, like all functions here, while there is no collector. */
export function recordSessionCreate(): void {
  getMetrics()?.recordSessionActive(1);
}

/**
 * Records the end of an active session.
 *
 * @param memoryBytes - its estimated memory
 */
export function recordSessionDestroy(memoryBytes?: number): void {
  const collector = getMetrics();
  collector?.recordSessionActive(-1);
  if (memoryBytes !== undefined) collector?.recordSessionMemory(memoryBytes);
}

/** Records that an active session lost its browser. */
export function recordSessionDetach(): void {
  const collector = getMetrics();
  collector?.recordSessionActive(-1);
  collector?.recordSessionDetached(1);
}

/** Records that the browser of a detached session came back. */
export function recordSessionReattach(): void {
  const collector = getMetrics();
  collector?.recordSessionDetached(-1);
  collector?.recordSessionActive(1);
}

/** Records a session that was ended to keep a limit. */
export function recordEviction(): void {
  getMetrics()?.recordEviction();
}

/** Records patches that were written. */
export function recordPatches(count: number): void {
  getMetrics()?.recordPatches(count);
}

/** Records a browser that came back with a session id and was accepted. */
export function recordReconnect(): void {
  getMetrics()?.recordReconnect();
}

/** Records a resume that succeeded. */
export function recordResume(): void {
  getMetrics()?.recordResumeSuccess();
}

/**
 * Records a resume that failed.
 *
 * @param reason - value of the label `reason` of `vango_session_resume_failed_total`
 */
export function recordResumeFailed(reason: string): void {
  getMetrics()?.recordResumeFailure(reason);
}

/**
 * Records the failure of a WebSocket.
 *
 * @param type - value of the label `type` of `vango_websocket_errors_total`
 */
export function recordWebSocketError(type: string): void {
  getMetrics()?.recordWebSocketError(type);
}
