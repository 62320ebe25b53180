import { announce } from './announce';
import { NOOP_METRICS } from './metrics';
import { Action } from './reactive/action';
import { Resource } from './reactive/resource';
import { App } from './server/app';
import { Session } from './session/session';
import { VERSION } from './version';

export type {
  Ctx,
  CtxKind,
  CtxSession,
  HandlerNames,
  PageResponse,
  Params,
  User,
} from './ctx';
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
export {
  COLD_DEPLOY_ACK_SOURCES,
  CONNECT_KINDS,
  CONNECT_STATUSES,
  CONNECTION_ENDS,
  type ColdDeployAckSource,
  type ConnectionEnd,
  type ConnectKind,
  type ConnectStatus,
  type EventsInFlight,
  NETWORK_DIRECTIONS,
  type NetworkDirection,
  NOOP_METRICS,
  PAGE_STATUSES,
  PATCH_MISMATCH_REASONS,
  type PageStatus,
  type PatchMismatchReason,
  PERSIST_REJECT_REASONS,
  type PersistRejectReason,
  REFUSED_WORK,
  RESUME_FAILURE_REASONS,
  RESYNC_CAUSES,
  type RefusedWork,
  type ResumeFailureReason,
  type ResyncCause,
  type RuntimeMetrics,
  SCHEMA_MISMATCH_REASONS,
  type SchemaMismatchReason,
  SESSION_ENDS,
  SESSION_ORIGINS,
  type SessionEnd,
  type SessionOrigin,
  SIGNAL_OPERATIONS,
  type SignalOperation,
  STORE_OPERATIONS,
  STORE_OUTCOMES,
  type StoreOperation,
  type StoreOutcome,
  WEBSOCKET_ERROR_TYPES,
  type WebSocketErrorType,
  WRITE_VIOLATION_REASONS,
  type WriteViolationReason,
} from './metrics';
export type { ClientEvent } from './protocol';
export {
  Action,
  type ActionOptions,
  type ActionPolicy,
  ActionQueueFullError,
  type ActionState,
  action,
} from './reactive/action';
export type { AsyncWork } from './reactive/asyncWork';
export { effect } from './reactive/effect';
export { BudgetExceededError } from './reactive/rateLimiter';
export { Resource, type ResourceOptions, type ResourceState, resource } from './reactive/resource';
export { Run } from './reactive/run';
export type { WriteViolationPolicy } from './reactive/scope';
export { shared } from './reactive/shared';
export { batch, computed, type ReadonlySignal, Signal, signal, untracked } from './reactive/signal';
export {
  InvalidPathError,
  type Layout,
  type Middleware,
  type PageOptions,
  type PageProps,
  Router,
} from './routing';
export { App, createApp } from './server/app';
export { type AppOptions, DEFAULT_LIMITS, type Limits } from './server/options';
export type { SessionLimits } from './session/host';
export { type SessionCounts, SessionManager } from './session/manager';
export { Session } from './session/session';
export { UnitOfWork, Work } from './session/unitOfWork';
export type { SessionState } from './state/blob';
export { persisted } from './state/persisted';
export { fileStore } from './stores/fileStore';
export { memoryStore } from './stores/memoryStore';
export type { PersistOptions } from './stores/persistence';
export { type RedisClient, redisStore } from './stores/redisStore';
export type { SessionStore } from './stores/sessionStore';
export {
  type Child,
  type Component,
  type DataHandler,
  debounce,
  type EventHandler,
  type FormValues,
  Fragment,
  h,
  keys,
  once,
  type PlainHandler,
  preventDefault,
  self,
  stopPropagation,
  type TrustedUrl,
  throttle,
  trustedUrl,
  type VNode,
} from './vdom';

announce({ version: VERSION, exports: { App, Session, Resource, Action, NOOP_METRICS } });
