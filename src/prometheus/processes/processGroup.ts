import { text as textOf } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { operatorLine } from '../../messages';
import { CONTENT_TYPES, type Format } from '../negotiate';
import { inSlices } from '../slices';
import { openFolder } from './folder';
import { mergeTexts, type ProcessText } from './mergeTexts';
import { ask } from './question';
import { Slot, slotsIn, socketOf } from './slot';

/** What a group has to know of the process that it is in. */
export interface Member {
  readonly host: string;
  readonly port: number;
  /** Whether this process has the port. */
  isServing(): boolean;
  /**
   * The metrics of this process alone, in pieces.
   *
   * @param limit - Milliseconds that observable instruments may take; the exporter's own by
   *   default.
   */
  expose(format: Format, limit?: number): Promise<Iterable<string>>;
  /** Takes what cannot be written. */
  report(conflict: string): void;
  /** Answers a question that is not of this group; undefined for one that nobody knows. */
  answer(question: string): Promise<string> | undefined;
}

/** Milliseconds that a scrape waits for the other processes. */
const ANSWER_LIMIT = 1000;
/** Milliseconds that observable instruments may take for it: the rest is for the text. */
const COLLECT_LIMIT = 700;
/** How often the others are asked who serves: one that has the port may be about to know. */
const SERVED_TRIES = 3;
const SERVED_PAUSE = 100;

const SERVES = 'serves';
const METRICS = 'metrics ';
const YES = 'yes';

/**
 * The processes of a user that publish at one address. One of them has the port, and asks the
 * others for their metrics. Each has a slot, whose number tells its series apart. A process that is
 * alone notices nothing of it.
 */
export class ProcessGroup {
  private folder: string | undefined;
  private place: Slot | undefined;
  private joining: Promise<void> | undefined;
  /** The slot that served last. */
  private server: number | undefined;
  /** Slots whose silence was reported. */
  private readonly silent = new Set<number>();
  /** Why this process cannot share its port, if it cannot. */
  missing: string | undefined;

  constructor(private readonly member: Member) {}

  /** The number of this process, if others can find it. */
  get slot(): number | undefined {
    return this.place?.number;
  }

  /** Takes a slot, unless this process has one. Resolves in any case. */
  join(): Promise<void> {
    // Each process gets a port of its own if the system chooses it.
    if (this.member.port === 0 || this.place?.isHeld) return Promise.resolve();
    this.joining ??= this.take().finally(() => {
      this.joining = undefined;
    });
    return this.joining;
  }

  async leave(): Promise<void> {
    await this.joining;
    await this.place?.leave();
    this.place = undefined;
  }

  /** Whether another process of the group has the port. */
  async isServed(): Promise<boolean> {
    for (let tries = 0; tries < SERVED_TRIES; tries++) {
      if (tries > 0) await delay(SERVED_PAUSE, undefined, { ref: false });
      // Most often it is the one that served before.
      if (this.server !== undefined && (await this.serves(this.server))) return true;
      const others = this.others();
      const serving = await Promise.all(others.map(slot => this.serves(slot)));
      this.server = others.find((_, index) => serving[index]);
      if (this.server !== undefined) return true;
      if (others.length === 0) break;
    }
    return false;
  }

  /** The metrics of all processes, in pieces. */
  async expose(format: Format): Promise<Iterable<string>> {
    await this.join();
    const { slot } = this;
    if (slot === undefined) return this.member.expose(format);
    const [own, ...others] = await Promise.all([
      this.member.expose(format),
      ...this.others().map(async number => ({
        number,
        ...(await this.ask(number, METRICS + format)),
      })),
    ]);
    const alive = others.filter(({ isAlive }) => isAlive);
    if (alive.length === 0) return own;
    const texts: ProcessText[] = [{ slot, text: await textOf(inSlices(own)) }];
    for (const { number, text } of alive) {
      const found = text === undefined ? undefined : parse(text);
      const problem = problemOf(found, CONTENT_TYPES[format]);
      if (problem === undefined) this.silent.delete(number);
      else this.reportSilent(number, problem);
      if (found !== undefined && problem === undefined)
        texts.push({ slot: number, text: found.text });
    }
    texts.sort((a, b) => a.slot - b.slot);
    return mergeTexts(texts, this.member.report);
  }

  /** Asks all other processes that live. The text of one that does not answer is undefined. */
  async askOthers(question: string): Promise<Array<{ slot: number; text: string | undefined }>> {
    const answers = await Promise.all(
      this.others().map(async slot => ({ slot, ...(await this.ask(slot, question)) })),
    );
    return answers.filter(({ isAlive }) => isAlive).map(({ slot, text }) => ({ slot, text }));
  }

  private async take(): Promise<void> {
    const { host, port } = this.member;
    const folder = openFolder(host, port);
    this.place = undefined;
    if ('missing' in folder) {
      this.missing = folder.missing;
      return;
    }
    this.folder = folder.path;
    try {
      this.place = await Slot.take(folder.path, question => this.respond(question));
      this.missing = undefined;
    } catch (error) {
      this.missing = `no socket can be opened in ${folder.path} (${(error as Error).message})`;
    }
  }

  private others(): number[] {
    if (this.folder === undefined) return [];
    try {
      return slotsIn(this.folder).filter(number => number !== this.slot);
    } catch {
      return [];
    }
  }

  private ask(slot: number, question: string): ReturnType<typeof ask> {
    return ask(socketOf(this.folder as string, slot), question, ANSWER_LIMIT);
  }

  /** Whether a process has the port, or is too busy to say so. */
  private async serves(slot: number): Promise<boolean> {
    const { isAlive, text } = await this.ask(slot, SERVES);
    return isAlive && (text === undefined || text === YES);
  }

  private async *respond(question: string): AsyncGenerator<string | Buffer> {
    if (question === SERVES) yield this.member.isServing() ? YES : 'no';
    if (!question.startsWith(METRICS)) {
      yield (await this.member.answer(question)) ?? '';
      return;
    }
    const asked = question.slice(METRICS.length);
    // A process of another version may ask for a format that this one does not know.
    const format: Format = isFormat(asked) ? asked : 'text';
    const pieces = await this.member.expose(format, COLLECT_LIMIT);
    yield `${CONTENT_TYPES[format]}\n`;
    yield* inSlices(pieces);
  }

  private reportSilent(slot: number, problem: string): void {
    if (this.silent.has(slot)) return;
    this.silent.add(slot);
    operatorLine(`metrics of process ${slot} are left out: ${problem}`);
  }
}

/** What another process answered. */
interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

function parse(answer: string): Exposition {
  const end = answer.indexOf('\n');
  return { contentType: answer.slice(0, end), text: answer.slice(end + 1) };
}

function problemOf(found: Exposition | undefined, contentType: string): string | undefined {
  if (found === undefined) return `it did not answer within ${ANSWER_LIMIT / 1000} s`;
  if (found.contentType === contentType) return undefined;
  return `it writes ${found.contentType}, others ${contentType}; run one version in all`;
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(CONTENT_TYPES, name);
}
