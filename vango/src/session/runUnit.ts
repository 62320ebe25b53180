import { HandlerNotFoundError } from '../errors';
import { isPromise, type MaybePromise } from '../maybePromise';
import { type ClientEvent, EVENT_TYPES } from '../protocol';
import { callHandler } from '../vdom';
import { recordInput } from './inputs';
import type { LivePage } from './livePage';
import { navigate, setTarget } from './navigation';
import type { UnitOfWork } from './unitOfWork';

type Step = (page: LivePage, unit: UnitOfWork) => MaybePromise<void>;

/**
 * Runs a client event from its middleware to its written patches. Never throws or rejects: a
 * failure is left in `unit.error`.
 */
export function runEvent(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  const { queueTime } = unit;
  if (queueTime !== undefined) page.host.metrics.recordEventQueue(unit.routeAtReceipt, queueTime);
  return runToEnd(page, unit, routeEvent);
}

/** Runs dispatched work. Never throws or rejects: a failure is left in `unit.error`. */
export function runWork(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  return runToEnd(page, unit, applyWork);
}

function runToEnd(page: LivePage, unit: UnitOfWork, run: Step): MaybePromise<void> {
  try {
    const pending = run(page, unit);
    if (isPromise(pending)) return endAfter(page, unit, finishAfter(page, unit, pending));
    const finishing = finish(page, unit);
    if (isPromise(finishing)) return endAfter(page, unit, finishing);
  } catch (error) {
    unit.fail(error);
  }
  end(page, unit);
}

async function finishAfter(
  page: LivePage,
  unit: UnitOfWork,
  pending: Promise<void>,
): Promise<void> {
  await pending;
  await finish(page, unit);
}

async function endAfter(page: LivePage, unit: UnitOfWork, pending: Promise<void>): Promise<void> {
  try {
    await pending;
  } catch (error) {
    unit.fail(error);
  }
  end(page, unit);
}

function end(page: LivePage, unit: UnitOfWork): void {
  if (unit.event !== undefined) page.eventHandled(unit);
}

/** Middleware may have redirected or written signals after the patches of the handler. */
function finish(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  const concluding = conclude(page, unit);
  if (isPromise(concluding)) return concluding.then(() => page.acknowledge(unit));
  page.acknowledge(unit);
}

/** Goes where the unit of work redirects to, or writes what it changed. */
function conclude(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  const { redirected } = unit;
  if (redirected === undefined) return page.flush(unit);
  unit.redirected = undefined;
  setTarget(unit, redirected.path, page.host);
  return navigate(page, unit, redirected.replace);
}

function routeEvent(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  if (unit.event?.type === 'Navigate') return navigate(page, unit, unit.event.data.replace);
  return page.throughMiddleware(unit, reached => thenConclude(page, reached, callEventHandler));
}

function applyWork(page: LivePage, unit: UnitOfWork): MaybePromise<void> {
  return thenConclude(page, unit, callWork);
}

function callWork(_: LivePage, unit: UnitOfWork): MaybePromise<void> {
  return unit.work?.run(unit);
}

function callEventHandler({ tree, host }: LivePage, unit: UnitOfWork): MaybePromise<void> {
  const event = unit.event as ClientEvent;
  const { dom } = EVENT_TYPES[event.type];
  const element = tree.find(event.hid);
  if (element !== undefined) recordInput(tree.html, element, event);
  const handler = element?.handlers?.[dom];
  if (handler === undefined) {
    host.metrics.recordPatchMismatch('handler_not_found');
    throw new HandlerNotFoundError(event.hid, dom);
  }
  unit.handlers = element?.handlers;
  return callHandler(handler, event, unit);
}

/** Runs code of the app, then writes what it changed, also what it changed before it failed. */
function thenConclude(page: LivePage, unit: UnitOfWork, run: Step): MaybePromise<void> {
  let pending: MaybePromise<void>;
  try {
    pending = run(page, unit);
  } catch (error) {
    page.flush(unit);
    throw error;
  }
  return isPromise(pending) ? concludeAfter(page, unit, pending) : conclude(page, unit);
}

async function concludeAfter(
  page: LivePage,
  unit: UnitOfWork,
  pending: Promise<void>,
): Promise<void> {
  try {
    await pending;
  } catch (error) {
    page.flush(unit);
    throw error;
  }
  await conclude(page, unit);
}
