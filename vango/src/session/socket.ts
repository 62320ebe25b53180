/** What a session needs of the socket to its browser. */
export interface SessionSocket {
  /** Writes one frame. Returns false when the socket is closing or its reader is too slow. */
  send(frame: Uint8Array): boolean;
  /** Closes with a close frame: the browser does not come back by itself. */
  close(code: number, reason: string): void;
  /** Ends the socket without a close frame: the browser reconnects. */
  drop(): void;
  /** Whether the browser answers a ping within so many milliseconds. */
  answers(within: number): Promise<boolean>;
}
