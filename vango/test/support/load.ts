import type { ClientEvent } from '../../src/protocol';
import {
  ByteReader,
  decodeFrame,
  encodeAck,
  encodeClientHello,
  encodeEvent,
  encodeFrame,
  FrameType,
} from '../../src/protocol';
import { LightSocket } from './lightSocket';

const HELLO = encodeFrame(
  FrameType.Handshake,
  encodeClientHello({
    ...{ major: 2, minor: 0, csrf: '', sessionId: '', lastSeq: 0 },
    ...{ viewportWidth: 1024, viewportHeight: 768, timezoneOffset: 0 },
  }),
);

/** Gives the n-th event of each session. Each must change the page, so that it is answered. */
export type Script = (round: number) => {
  type: ClientEvent['type'];
  hid: string;
  data?: ClientEvent['data'];
};

/** A minimal client for load tests, so that the load generator costs little. */
class Visitor {
  /** When the unanswered event was sent; 0 if there is none. */
  private sentAt = 0;
  private seq = 0;
  private round = 0;
  private socket!: LightSocket;
  private greeted: (() => void) | undefined;

  private constructor(
    private readonly answered: (visitor: Visitor, milliseconds: number) => void,
  ) {}

  static async open(
    url: string,
    answered: (visitor: Visitor, milliseconds: number) => void,
  ): Promise<Visitor> {
    const visitor = new Visitor(answered);
    visitor.socket = await LightSocket.open(url, message => visitor.take(message));
    await new Promise<void>(resolve => {
      visitor.greeted = resolve;
      visitor.socket.send(HELLO);
    });
    return visitor;
  }

  get isWaiting(): boolean {
    return this.sentAt !== 0;
  }

  /** Sends the next event of a script. */
  send(script: Script): void {
    const event = script(this.round++);
    this.sentAt = performance.now();
    this.socket.send(
      encodeFrame(FrameType.Event, encodeEvent({ seq: ++this.seq, ...event } as ClientEvent)),
    );
  }

  close(): void {
    this.socket.close();
  }

  private take(message: Buffer): void {
    if (message[0] === FrameType.Handshake) this.greeted?.();
    else if (message[0] === FrameType.Patches) this.answer(message);
  }

  private answer(message: Buffer): void {
    const seq = new ByteReader(decodeFrame(message).payload).uvarint();
    this.socket.send(encodeFrame(FrameType.Ack, encodeAck({ lastSeq: seq, window: 100 })));
    if (this.sentAt === 0) return;
    const milliseconds = performance.now() - this.sentAt;
    this.sentAt = 0;
    this.answered(this, milliseconds);
  }
}

/** Sessions of one page that send events. */
export class Load {
  private readonly visitors: Visitor[] = [];
  private samples: Float64Array = new Float64Array(0);
  private answered = 0;
  private onAnswer: ((visitor: Visitor) => void) | undefined;

  /** Opens sessions, a few at a time. */
  static async open(url: string, sessions: number): Promise<Load> {
    const load = new Load();
    const answered = (visitor: Visitor, milliseconds: number): void => {
      load.onAnswer?.(visitor);
      if (load.answered < load.samples.length) load.samples[load.answered++] = milliseconds;
    };
    while (load.visitors.length < sessions) {
      const batch = Math.min(50, sessions - load.visitors.length);
      load.visitors.push(
        ...(await Promise.all(Array.from({ length: batch }, () => Visitor.open(url, answered)))),
      );
    }
    return load;
  }

  /**
   * Sends events at an even rate, from the sessions in turn.
   *
   * @returns The milliseconds until each event was answered, in ascending order.
   */
  async run(script: Script, perSecond: number, seconds: number): Promise<Float64Array> {
    const total = perSecond * seconds;
    const { visitors } = this;
    this.samples = new Float64Array(total);
    this.answered = 0;
    const startedAt = performance.now();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, ((performance.now() - startedAt) / 1000) * perSecond);
      for (; sent < due; sent++) {
        const visitor = visitors[sent % visitors.length] as Visitor;
        if (visitor.isWaiting)
          throw new Error('an event took longer than its session waits for the next');
        visitor.send(script);
      }
      await new Promise(resolve => setTimeout(resolve, 1));
    }
    while (this.answered < total) await new Promise(resolve => setTimeout(resolve, 1));
    return this.samples.sort();
  }

  /**
   * Sends the next event of each session as soon as the last one is answered.
   *
   * @returns The number of events answered.
   */
  async saturate(script: Script, seconds: number): Promise<number> {
    let counted = 0;
    let isOver = false;
    this.onAnswer = visitor => {
      if (isOver) return;
      counted++;
      visitor.send(script);
    };
    for (const visitor of this.visitors) visitor.send(script);
    await new Promise(resolve => setTimeout(resolve, seconds * 1000));
    isOver = true;
    while (this.visitors.some(visitor => visitor.isWaiting))
      await new Promise(resolve => setTimeout(resolve, 1));
    this.onAnswer = undefined;
    return counted;
  }

  close(): void {
    for (const visitor of this.visitors) visitor.close();
  }
}

/** The smallest of some samples in ascending order that a share of all of them does not exceed. */
export function quantile(samples: ArrayLike<number>, share: number): number {
  return samples[Math.ceil(samples.length * share) - 1] ?? Number.NaN;
}
