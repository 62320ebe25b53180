import { join } from 'node:path';
import { describeFailure } from '../errors/describe';
import type { UnitOfWork } from '../internal-types';
import { Ring } from './ring';
import { cut, cutName, rowId, shortId } from './text';
import type { Failure, FailureList } from './wire';

/** Failures that are kept. */
const MAX_FAILURES = 100;
const MAX_MESSAGE = 500;
const MAX_STACK = 4000;

/** A failure as it is observed. */
export interface Failed {
  readonly unit: UnitOfWork;
  readonly operation: string;
  readonly error: unknown;
  readonly errorType: string;
  readonly trace: string | undefined;
  readonly user: string | undefined;
}

/**
 * The last failures, whether somebody looks or not. It is all that the live view costs while nobody
 * does.
 */
export class FailureRing {
  private readonly ring = new Ring<Failure>(MAX_FAILURES);
  private readonly folder = join(process.cwd(), '/');

  add({ unit, operation, error, errorType, trace, user }: Failed): void {
    const { name, message, stack = '' } = describeFailure(error);
    const { handler, session } = unit;
    this.ring.push({
      id: rowId(),
      at: Date.now(),
      operation,
      event: unit.event?.type,
      name: cutName(name ?? ''),
      errorType,
      message: cut(message, MAX_MESSAGE),
      // Where the application is on this machine matters to nobody.
      stack: cut(stack.replaceAll(this.folder, ''), MAX_STACK),
      component: handler && cutName(handler.component),
      handler: handler && cutName(handler.name),
      route: unit.route,
      session: session && shortId(session.id),
      trace,
      user: user === undefined ? undefined : cutName(user),
    });
  }

  /** The failures, the last one first, and the one with this id in full. */
  list(id: string): FailureList {
    const all = [...this.ring].reverse();
    return {
      rows: all.map(({ stack: _, ...row }) => row),
      chosen: all.find(failure => failure.id === id),
    };
  }
}
