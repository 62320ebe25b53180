import type { BlockList } from 'node:net';
import type { MaybePromise } from '../maybePromise';
import type { SessionHost } from '../session/host';
import type { SessionManager } from '../session/manager';
import type { UnitOfWork } from '../session/unitOfWork';
import type { Persistence } from '../stores/persistence';
import type { Gate } from './gate';
import type { Limits, ResolvedOptions } from './options';
import type { RenderTokens } from './renderTokens';

/** What the parts of the server need of the application. */
export interface ServerHost extends SessionHost {
  readonly options: ResolvedOptions;
  readonly limits: Readonly<Limits>;
  readonly sessions: SessionManager;
  readonly persistence: Persistence | undefined;
  readonly gate: Gate;
  /** Proxies whose headers are believed. */
  readonly proxies: BlockList;
  readonly renderTokens: RenderTokens;
  renderPage(unit: UnitOfWork): MaybePromise<void>;
  connect(unit: UnitOfWork): Promise<void>;
}
