/** What vango reports, as it declares it; see the runtime's own documentation. Sizes are bytes, durations milliseconds. */
export interface RuntimeMetrics {
  recordResumeSuccess(): void;
  recordResumeFailure(reason: string): void;
  recordReconnect(): void;
  recordEviction(): void;
  recordSessionMemory(bytes: number): void;
  recordWebSocketError(type: string): void;
  recordPatches(count: number): void;
  recordPatchBytes(route: string, bytes: number): void;
  recordPatchMismatch(reason: string): void;
  recordResourceDuration(resource: string, milliseconds: number): void;
  recordResourceError(resource: string): void;
  recordActionDuration(action: string, milliseconds: number): void;
  recordActionError(action: string): void;
  recordSignalWriteViolation(operation: string, reason: string): void;
  recordPersistBytes(stableId: string, bytes: number): void;
  recordPersistWriteRejected(reason: string, stableId: string): void;
  recordSessionPersistBytes(bytes: number): void;
  recordSchemaMismatch(reason: string): void;
  recordColdDeployAck(source: string): void;
}
