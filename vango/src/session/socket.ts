import type { ConnectionEnd } from '../metrics';

/** Why a server closes a socket cleanly. */
export type CleanEnd = Extract<ConnectionEnd, 'normal' | 'taken_over' | 'refused'>;

/** What a session needs of the socket to its browser. */
export interface SessionSocket {
  /** Writes one frame. Returns false when the socket is closing or its reader is too slow. */
  send(frame: Uint8Array): boolean;
  /** Seconds of its last round trip; undefined before the first. */
  readonly roundTrip?: number | undefined;
  /** Closes with a close frame: the browser does not come back by itself. */
  close(end: CleanEnd): void;
  /** Ends the socket without a close frame: the browser reconnects. */
  drop(end: ConnectionEnd): void;
  /** Whether the browser answers a ping within so many milliseconds. */
  answers(within: number): Promise<boolean>;
}
