import { inspect } from 'node:util';

/** Description of a thrown value. */
export interface Failure {
  /** Name of its class; undefined for a primitive value, and for an object without a class. */
  readonly name?: string;
  readonly code?: string | number;
  readonly message: string;
  /** With the stacks of its causes. */
  readonly stack?: string;
}

/** Errors in one stack at most, causes included. */
const MOST_ERRORS = 10;
/** Number of characters to show of a value that has no message. */
const LONGEST_SHOWN = 1000;

/** Describes a thrown value: an error, also of another realm, or any other value. Never throws. */
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

/** The message of a thrown value, or the way Node.js shows it. Never throws. */
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

/** A property of any value; undefined where it cannot be read. */
function read(of: unknown, property: string): unknown {
  try {
    return (of as Record<string, unknown> | null | undefined)?.[property];
  } catch {
    return undefined;
  }
}

/**
 * The stack with the stacks of all causes, as Node.js prints them, but without other properties,
 * which may hold anything.
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
