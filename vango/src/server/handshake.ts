import type { ClientHello, HelloStatus } from '../protocol';
import type { Connection } from './connection';
import type { RenderToken } from './renderToken';

/** A client's hello and what came with it. */
export interface Handshake {
  readonly hello: ClientHello;
  readonly connection: Connection;
  readonly ip: string;
  /** The page render this browser shows, if the URL named one of ours. */
  readonly render: RenderToken | undefined;
  /** Whether the session was there before. */
  resumed: boolean;
  /** What the server answered, once it has. */
  status: HelloStatus | undefined;
}
