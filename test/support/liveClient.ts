import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Frame } from '../../src/live/wire';
import { waitFor } from '../../vango/test/support/wait';

/** What a server answers to a request for something that ends. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Sends a request as it is, also with headers that `fetch` does not send. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answered> {
  const response = await responseTo(request(url, { headers, method, agent: false }));
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Exchanges the token of a live view for its cookie. */
export async function cookieOf(url: string): Promise<string> {
  const { status, headers } = await ask(url);
  if (status !== 303) throw new Error(`${url} answered ${status}`);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** A view without a page. */
export class LiveClient<T> {
  readonly frames: Array<Frame<T>> = [];
  private readonly sent: ClientRequest;
  private text = '';

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.sent = sent;
    response.setEncoding('utf8').on('data', piece => this.read(piece));
    response.on('error', () => {});
  }

  /** @param url - the address of a live view, with its token */
  static async open<T>(url: string, topic: string): Promise<LiveClient<T>> {
    const headers = { cookie: await cookieOf(url) };
    const stream = new URL(`/live?topic=${topic}`, url);
    const sent = request(stream, { headers, agent: false });
    const response = await responseTo(sent);
    if (response.statusCode !== 200) throw new Error(`${stream} answered ${response.statusCode}`);
    return new LiveClient(sent, response);
  }

  /** What the one process tells. */
  get data(): T | undefined {
    return this.frames.at(-1)?.processes[0]?.data;
  }

  /** Waits until what is shown fulfils a condition, and returns it. */
  until(what: string, holds: (data: T) => boolean, limit?: number): Promise<T> {
    return waitFor(
      what,
      () => {
        const { data } = this;
        return data !== undefined && holds(data) ? data : undefined;
      },
      limit,
    );
  }

  close(): void {
    this.sent.destroy();
  }

  private read(piece: string): void {
    this.text += piece;
    const events = this.text.split('\n\n');
    this.text = events.pop() ?? '';
    for (const event of events)
      if (event.startsWith('data: ')) this.frames.push(JSON.parse(event.slice('data: '.length)));
  }
}

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent
      .once('response', resolve)
      .once('error', reject)
      .on('error', () => {});
    sent.end();
  });
}
