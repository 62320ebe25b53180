import { inspect } from 'node:util';

/** What can be said of something that was thrown. */
export interface Failure {
  /** Name of its class; none of what is no object, and of one without a class. */
  readonly name?: string;
  readonly code?: string | number;
  readonly message: string;
  /** With the stacks of its causes. */
  readonly stack?: string;
}

/** Errors of which a stack tells, counting causes. */
const MOST_ERRORS = 10;
/** Characters of what is shown of a thing that has no message. */
const LONGEST_SHOWN = 1000;

/**
 * Describes what was thrown, whatever that is: an error of another realm, any object, a value.
 * Never throws.
 */
export function describeFailure(thrown: unknown): Failure {
  const name = classOf(thrown);
  const code = read(thrown, 'code');
  const stack = stackWithCauses(thrown);
  return {
    ...(name !== undefined && { name }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    message: messageOf(thrown),
    ...(stack !== undefined && { stack }),
  };
}

/** The message of what was thrown, else how Node.js shows it. Never throws. */
export function messageOf(thrown: unknown): string {
  const message = read(thrown, 'message');
  if (typeof message === 'string') return message;
  if (typeof thrown === 'string') return thrown;
  try {
    return inspect(thrown, { depth: 1, breakLength: Infinity }).slice(0, LONGEST_SHOWN);
  } catch {
    return `a value of type ${typeof thrown} that cannot be shown`;
  }
}

function classOf(thrown: unknown): string | undefined {
  const name = read(thrown, 'name');
  if (typeof name === 'string' && name !== '') return name;
  const made = read(read(thrown, 'constructor'), 'name');
  return typeof thrown === 'object' && typeof made === 'string' && made !== '' ? made : undefined;
}

/** A property of anything; undefined where it cannot be read. */
function read(of: unknown, property: string): unknown {
  try {
    return (of as Record<string, unknown> | null | undefined)?.[property];
  } catch {
    return undefined;
  }
}

/**
 * A stack with those of all causes, as Node.js prints them but without other properties: these may
 * hold anything.
 */
function stackWithCauses(thrown: unknown): string | undefined {
  const stack = read(thrown, 'stack');
  if (typeof stack !== 'string') return undefined;
  return render(thrown, new Set());
}

function render(thrown: unknown, told: Set<unknown>): string {
  const stack = read(thrown, 'stack');
  const head = typeof stack === 'string' ? stack : messageOf(thrown);
  if (typeof thrown !== 'object' || thrown === null) return head;
  if (told.has(thrown)) return `[Circular] ${messageOf(thrown)}`;
  if (told.size === MOST_ERRORS) return '[further causes]';
  told.add(thrown);
  const cause = read(thrown, 'cause');
  const errors = read(thrown, 'errors');
  const parts: string[] = [];
  if (cause !== undefined) parts.push(`[cause]: ${render(cause, told)}`);
  if (Array.isArray(errors)) {
    const listed = errors.slice(0, MOST_ERRORS).map(error => indent(render(error, told)));
    parts.push(`[errors]: [\n${listed.join(',\n')}\n]`);
  }
  return parts.length === 0 ? head : `${head} {\n${parts.map(indent).join(',\n')}\n}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
