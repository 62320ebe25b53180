import WebSocket from 'ws';
import {
  type Ack,
  type ClientEvent,
  type Control,
  ControlType,
  decodeAck,
  decodeControl,
  decodeError,
  decodeFrame,
  decodePatches,
  decodeServerHello,
  encodeAck,
  encodeClientHello,
  encodeControl,
  encodeEvent,
  encodeFrame,
  FrameType,
  type Patch,
  type ServerHello,
  type WireError,
} from '../../src/protocol';

/** The HTML of a page and the URL of its WebSocket. */
export interface LoadedPage {
  readonly html: string;
  readonly socketUrl: string;
  /** The hydration ID (HID) of the element with an id. */
  hid(id: string): string;
}

/** Loads a page over HTTP, as a browser would. */
export async function loadPage(origin: string, path: string): Promise<LoadedPage> {
  const html = await (await fetch(origin + path)).text();
  const url = /data-ws-url="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  return {
    html,
    socketUrl: origin.replace('http', 'ws') + url,
    hid(id) {
      const hid = new RegExp(`<[^>]* id="${id}"[^>]* data-hid="(h\\d+)"`).exec(html)?.[1];
      if (hid === undefined) throw new Error(`no element ${id} on the page`);
      return hid;
    },
  };
}

/** A client that speaks the protocol without a browser. */
export class WireClient {
  readonly patches: Patch[] = [];
  readonly errors: WireError[] = [];
  readonly controls: Control[] = [];
  /** Acks in which the server named the events that it has. */
  readonly receipts: Ack[] = [];
  hello: ServerHello | undefined;
  closed: { code: number } | undefined;
  lastSeq = 0;
  /** Whether the client acknowledges patches, as browsers do. */
  acknowledges = true;
  private seq = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', data => this.receive(new Uint8Array(data as Buffer)));
    socket.on('close', code => {
      this.closed = { code };
      this.notify();
    });
    socket.on('error', () => {});
  }

  /** Opens a socket without a hello. */
  static async open(
    url: string,
    headers: Record<string, string> = {},
    options: WebSocket.ClientOptions = {},
  ): Promise<WireClient> {
    const socket = new WebSocket(url, { ...options, headers });
    const client = new WireClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Opens a socket, sends a hello and waits for the answer. */
  static async connect(
    url: string,
    hello: { sessionId?: string; lastSeq?: number; csrf?: string } = {},
  ): Promise<WireClient> {
    const client = await WireClient.open(url);
    client.greet(hello);
    await client.until(() => client.hello !== undefined || client.closed !== undefined);
    return client;
  }

  greet({ sessionId = '', lastSeq = 0, csrf = '' } = {}): void {
    const hello = {
      major: 2,
      minor: 0,
      csrf,
      sessionId,
      lastSeq,
      viewportWidth: 1024,
      viewportHeight: 768,
      timezoneOffset: 0,
    };
    this.sendRaw(encodeFrame(FrameType.Handshake, encodeClientHello(hello)));
  }

  event(
    type: ClientEvent['type'],
    hid: string,
    data?: ClientEvent['data'],
    traceparent?: string,
  ): void {
    const event = { seq: ++this.seq, type, hid, data, traceparent } as ClientEvent;
    this.sendRaw(encodeFrame(FrameType.Event, encodeEvent(event)));
  }

  /** Clicks and waits for the answer: patches, an error or a resync. */
  async click(hid: string, traceparent?: string): Promise<void> {
    const before = this.received;
    this.event('Click', hid, undefined, traceparent);
    await this.until(() => this.received > before);
  }

  requestResync(lastSeq: number): void {
    this.sendRaw(
      encodeFrame(FrameType.Control, encodeControl({ type: ControlType.ResyncRequest, lastSeq })),
    );
  }

  /** Says that all patch frames up to `lastSeq` are applied. */
  acknowledge(lastSeq = this.lastSeq): void {
    this.sendRaw(encodeFrame(FrameType.Ack, encodeAck({ lastSeq, window: 100 })));
  }

  /** Waits until the server has handled all that was sent before. */
  async settled(): Promise<void> {
    const before = this.pongs;
    const timestamp = new Uint8Array(8);
    this.sendRaw(
      encodeFrame(FrameType.Control, encodeControl({ type: ControlType.Ping, timestamp })),
    );
    await this.until(() => this.pongs > before);
  }

  private get pongs(): number {
    return this.controls.filter(({ type }) => type === ControlType.Pong).length;
  }

  sendRaw(message: Uint8Array): void {
    this.socket.send(message);
  }

  get received(): number {
    return this.patches.length + this.errors.length + this.controls.length;
  }

  /** Waits until a condition holds after some message; rejects after 5 s. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        reject(new Error(`not within 5 s: ${condition}`));
      }, 5000);
      this.waiting.add(check);
      check();
    });
  }

  /** Closes the socket as a browser does with its tab. */
  async close(): Promise<void> {
    this.socket.close(1001);
    await this.until(() => this.closed !== undefined);
  }

  /** Drops the connection as a lost network does. */
  drop(): void {
    this.socket.terminate();
  }

  private receive(message: Uint8Array): void {
    const { type, payload } = decodeFrame(message);
    if (type === FrameType.Handshake) this.hello = decodeServerHello(payload);
    else if (type === FrameType.Error) this.errors.push(decodeError(payload));
    else if (type === FrameType.Control) this.controls.push(decodeControl(payload));
    else if (type === FrameType.Ack) this.receipts.push(decodeAck(payload));
    else if (type === FrameType.Patches) {
      const { seq, patches } = decodePatches(payload);
      this.lastSeq = seq;
      this.patches.push(...patches);
      if (this.acknowledges) this.acknowledge(seq);
    }
    this.notify();
  }

  private notify(): void {
    for (const check of [...this.waiting]) check();
  }
}
