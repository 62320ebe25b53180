import { announce } from './announce';
import { NOOP_METRICS } from './metrics';
import { Action } from './reactive/action';
import { Resource } from './reactive/resource';
import { App } from './server/app';
import { Session } from './session/session';
import { VERSION } from './version';

export {
  ForbiddenError,
  HandlerNotFoundError,
  NotAuthorizedError,
  NotFoundError,
  QueueFullError,
  RouteError,
  ValidationError,
  VangoError,
} from './errors';
export type { Logger } from './logger';
export * from './metrics';
export { fileStore } from './persist/fileStore';
export { memoryStore } from './persist/memoryStore';
export { persisted } from './persist/persisted';
export type { PersistOptions } from './persist/persistence';
export { type RedisClient, redisStore } from './persist/redisStore';
export type { SessionStore } from './persist/store';
export {
  Action,
  type ActionOptions,
  type ActionPolicy,
  ActionQueueFullError,
  type ActionState,
  action,
} from './reactive/action';
export { effect } from './reactive/effect';
export { Resource, type ResourceOptions, type ResourceState, resource } from './reactive/resource';
export { Run } from './reactive/run';
export type { WriteViolationPolicy } from './reactive/scope';
export { shared } from './reactive/shared';
export { batch, computed, type ReadonlySignal, Signal, signal, untracked } from './reactive/signal';
export { BudgetExceededError } from './reactive/storm';
export {
  InvalidPathError,
  type Layout,
  type Middleware,
  type PageOptions,
  type PageProps,
  type Params,
  Router,
} from './routing';
export { App, createApp } from './server/app';
export { type AppOptions, DEFAULT_LIMITS, type Limits } from './server/options';
export { Ctx, type CtxKind, type User } from './session/ctx';
export { type SessionCounts, SessionManager } from './session/manager';
export { Work } from './session/queue';
export { Session, type SessionState } from './session/session';
export * from './vdom';

announce({ version: VERSION, exports: { App, Session, Resource, Action, NOOP_METRICS } });
