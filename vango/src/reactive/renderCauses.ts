import { currentScope } from './scope';

/** Causes that are named of one unit of work; more of them tell a reader nothing. */
const MAX_CAUSES = 5;

/** Something that a render reads, and that may have changed since the render before. */
export interface Source {
  /** Adds the names of what was written after the write with the number `since`. */
  addCauses(since: number, causes: string[]): void;
}

type Reader = (source: Source) => void;

let reader: Reader | undefined;
/** Writes to signals in this process. They have an order, so that "since" has a meaning. */
let writes = 0;

/** The number of a new write. */
export function numberWrite(): number {
  return ++writes;
}

/** The number of the last write. */
export function lastWrite(): number {
  return writes;
}

/** Called for each read. */
export function noteRead(source: Source): void {
  if (reader !== undefined) reader(source);
}

/** Tells `next` what is read from now on. Returns whom to tell afterwards. */
export function setReader(next: Reader | undefined): Reader | undefined {
  const outer = reader;
  reader = next;
  return outer;
}

/** Runs `run`, and tells `next` what it reads. */
export function reading<T>(next: Reader | undefined, run: () => T): T {
  const outer = setReader(next);
  try {
    return run();
  } finally {
    setReader(outer);
  }
}

/**
 * Runs `run(subject)`, which renders, and adds to `causes` what made them necessary: what a
 * component reads that was written since it rendered last. A render reads the first such value
 * again, since all that it reads before is as it was.
 */
export function collectCauses<S, T>(causes: string[], run: (subject: S) => T, subject: S): T {
  const outerCauses = collected;
  const outer = setReader(collect);
  collected = causes;
  try {
    return run(subject);
  } finally {
    collected = outerCauses;
    setReader(outer);
  }
}

let collected: string[] = [];

function collect(source: Source): void {
  const since = currentScope()?.renderedAt ?? -1;
  if (since >= 0) source.addCauses(since, collected);
}

/** Adds a name, unless it is there or there are too many. */
export function addCause(causes: string[], name: string): void {
  if (causes.length < MAX_CAUSES && !causes.includes(name)) causes.push(name);
}
