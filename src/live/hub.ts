import type { ServerResponse } from 'node:http';
import { safely } from '../safely';
import { TICK } from './tick';
import { parseTopic, type Topic } from './topic';

/** What a hub needs of the processes that it shows. */
export interface Processes {
  /** What the own process tells of a topic, as JSON. */
  answer(topic: Topic): Promise<string>;
  /** What the others tell; undefined for one that did not answer in time. */
  askOthers(topic: string): Promise<ReadonlyArray<{ slot: number; text: string | undefined }>>;
  /** The number of the own process. */
  readonly slot: number;
}

/** Views that are open at once. */
const MAX_VIEWS = 256;
/** Milliseconds in which views that open get the same frame. */
const FRESH = 500;
/** Ticks that a reader may take nothing, and those after which a silent view gets a sign of life. */
const PATIENCE = 60;
const QUIET = 10;

/** One open page. */
interface View {
  readonly topic: string;
  readonly response: ServerResponse;
  /** What it was sent last. */
  shown: Buffer | undefined;
  /** Ticks in which its socket was full, or in which there was nothing to send. */
  blocked: number;
  quiet: number;
}

interface Made {
  readonly frame: Buffer;
  readonly at: number;
}

/**
 * Sends each open view what it shows, once a second. Views of one topic share a frame. A view whose
 * socket is full is left out, so that no view holds more than one frame.
 */
export class Hub {
  private readonly views = new Set<View>();
  /** The last frame of each topic that is shown. */
  private readonly frames = new Map<string, Made>();
  private readonly making = new Map<string, Promise<Buffer>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly processes: Processes) {}

  get isFull(): boolean {
    return this.views.size >= MAX_VIEWS;
  }

  /** Sends frames of a topic as the body of a response until its reader goes away. */
  add(topic: string, response: ServerResponse): void {
    const view: View = { topic, response, shown: undefined, blocked: 0, quiet: 0 };
    this.views.add(view);
    response.on('close', () => this.remove(view));
    response.on('error', () => this.remove(view));
    response.write('retry: 1000\n\n');
    this.timer ??= setInterval(() => this.tick(), TICK).unref();
    const made = this.frames.get(topic);
    if (made !== undefined && Date.now() - made.at < FRESH) this.send(view, made.frame);
    else this.update(topic, [view]);
  }

  private remove(view: View): void {
    this.views.delete(view);
    if (this.views.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.frames.clear();
  }

  private tick(): void {
    const byTopic = new Map<string, View[]>();
    for (const view of this.views) {
      const views = byTopic.get(view.topic);
      if (views === undefined) byTopic.set(view.topic, [view]);
      else views.push(view);
    }
    for (const topic of this.frames.keys()) if (!byTopic.has(topic)) this.frames.delete(topic);
    for (const [topic, views] of byTopic) this.update(topic, views);
  }

  private update(topic: string, views: readonly View[]): void {
    safely('exporter', 'the live view', async () => {
      const frame = await this.frame(topic);
      for (const view of views) this.send(view, frame);
    });
  }

  /** Whoever asks while a frame is being made gets that one. */
  private frame(topic: string): Promise<Buffer> {
    let making = this.making.get(topic);
    if (making === undefined) {
      making = this.make(topic).finally(() => this.making.delete(topic));
      this.making.set(topic, making);
    }
    return making;
  }

  private async make(topic: string): Promise<Buffer> {
    const parsed = parseTopic(topic) as Topic;
    const [own, others] = await Promise.all([
      this.processes.answer(parsed),
      this.processes.askOthers(topic),
    ]);
    const all = [{ slot: this.processes.slot, text: own }, ...others];
    const answers = all
      .sort((a, b) => a.slot - b.slot)
      // What a process answers is one object in one line.
      .map(({ slot, text }) =>
        text?.startsWith('{') && !text.includes('\n')
          ? `{"process":${slot},${text.slice(1)}`
          : `{"process":${slot}}`,
      );
    const frame = Buffer.from(`data: {"processes":[${answers.join()}]}\n\n`);
    const before = this.frames.get(topic);
    // The same frame, so that views can tell at a glance that nothing is new.
    const made = before?.frame.equals(frame) ? before.frame : frame;
    this.frames.set(topic, { frame: made, at: Date.now() });
    return made;
  }

  private send(view: View, frame: Buffer): void {
    const { response } = view;
    if (!this.views.has(view)) return;
    if (response.writableLength > 0) {
      view.blocked++;
      if (view.blocked > PATIENCE) response.destroy();
      return;
    }
    view.blocked = 0;
    if (view.shown !== frame) {
      view.shown = frame;
      view.quiet = 0;
      response.write(frame);
    } else if (++view.quiet % QUIET === 0) response.write(':\n\n');
  }
}
