import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportFailure } from '../messages';
import { Access, isLoopback } from './access';
import type { LiveFeed } from './feed';
import { Hub, type Processes } from './hub';
import { answerOf } from './source';
import { parseTopic, type Topic } from './topic';

type Generated = typeof import('./generated/page');

/** How other processes that share the port are asked. */
type AskOthers = (
  question: string,
) => Promise<ReadonlyArray<{ readonly slot: number; readonly text: string | undefined }>>;

/** What a live view needs of the server that it is on. */
export interface LiveViewHost {
  readonly host: string;
  /** The address that the server listens on, if it does. */
  readonly address: AddressInfo | undefined;
  /** The number of this process among those that share the port. */
  readonly slot: number | undefined;
  readonly askOthers: AskOthers;
}

const TOKEN_VARIABLE = 'OTEL_INSTRUMENTATION_VANGO_LIVE_VIEW_TOKEN';

const QUESTION = 'live ';
const TOKEN_QUESTION = 'live-token';
const PAGE = '/';
const STREAM = '/live';
const METHODS: readonly string[] = ['GET', 'HEAD'];

/** Headers of all answers: nothing is kept, framed, or told to other sites. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const NO_ENTRY =
  'This page needs its token. Open the address that the process wrote when it started, or add ' +
  '?token= and the token.\n';

/**
 * The live view on the port of the metrics: a page, and a stream of what it shows. It only reads,
 * and only whoever has the token gets anything.
 */
export class LiveView {
  private readonly access: Access;
  private readonly hub: Hub;

  constructor(
    private readonly host: LiveViewHost,
    private readonly feed: LiveFeed,
    token: string | undefined,
  ) {
    this.access = new Access(host.host, token);
    const processes: Processes = {
      answer: topic => answerOf(feed, topic),
      askOthers: topic => host.askOthers(QUESTION + topic),
      get slot() {
        return host.slot ?? 0;
      },
    };
    this.hub = new Hub(processes);
  }

  /** Why the view is closed although the server listens. */
  get obstacle(): string | undefined {
    const { address } = this.host;
    if (address === undefined || this.access.configured !== undefined) return undefined;
    if (isLoopback(address.address)) return undefined;
    return (
      `live view off: ${address.address} can be reached from other machines. Set ` +
      `${TOKEN_VARIABLE}, or the option liveView.token, to a secret of 16 characters or more`
    );
  }

  /** The address to open, below that of the server. A token that the user chose is not in it. */
  get path(): string {
    return this.access.configured === undefined
      ? `${PAGE}?token=${this.access.token}`
      : `${PAGE}?token=…`;
  }

  /** Takes the token of the processes that share the port, so that one opens the page of any. */
  async agree(): Promise<void> {
    const answers = await this.host.askOthers(TOKEN_QUESTION);
    const token = answers.find(({ text }) => text !== undefined)?.text;
    if (token !== undefined) this.access.adopt(token);
  }

  /** Answers a question of another process that shares the port; undefined for any other. */
  answer(question: string): Promise<string> | undefined {
    if (question === TOKEN_QUESTION) return Promise.resolve(this.access.token);
    if (!question.startsWith(QUESTION)) return undefined;
    const topic = parseTopic(question.slice(QUESTION.length));
    return topic === undefined ? undefined : answerOf(this.feed, topic);
  }

  /** Answers a request, if its path is one of the live view. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    if (path !== PAGE && path !== STREAM) return false;
    // A page that is open must not hold its process.
    request.socket.unref();
    try {
      this.respond(request, response, path);
    } catch (error) {
      reportFailure('exporter', 'the live view', error);
      response.destroy();
    }
    return true;
  }

  private respond(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { method = 'GET' } = request;
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { obstacle } = this;
    if (obstacle !== undefined) refuse(response, 403, `${obstacle}.\n`);
    else if (!this.access.isOwnHost(request)) refuse(response, 403, 'Unknown host.\n');
    else if (!METHODS.includes(method)) {
      response.setHeader('allow', METHODS.join(', '));
      refuse(response, 405, 'The live view only reads.\n');
    } else this.admit(request, response, path);
  }

  private admit(request: IncomingMessage, response: ServerResponse, path: string): void {
    const query = new URL(request.url ?? PAGE, 'http://localhost').searchParams;
    const token = path === PAGE ? query.get('token') : null;
    if (token !== null) this.exchange(request, response, token);
    else if (!this.access.hasCookie(request)) refuse(response, 403, NO_ENTRY);
    else if (path === PAGE) sendPage(request, response);
    else this.stream(request, response, query.get('topic') ?? '');
  }

  /** Gives a cookie for the token, and leads to the address without it. */
  private exchange(request: IncomingMessage, response: ServerResponse, token: string): void {
    if (!this.access.isToken(token)) {
      refuse(response, 403, NO_ENTRY);
      return;
    }
    const name = this.access.cookieName(request.socket.localPort ?? 0);
    response.setHeader(
      'set-cookie',
      `${name}=${this.access.cookie}; Path=/; HttpOnly; SameSite=Strict`,
    );
    response.writeHead(303, { location: PAGE }).end();
  }

  private stream(request: IncomingMessage, response: ServerResponse, text: string): void {
    const topic: Topic | undefined = parseTopic(text);
    if (topic === undefined) refuse(response, 400, 'Unknown topic.\n');
    else if (this.hub.isFull) {
      response.setHeader('retry-after', '10');
      refuse(response, 503, 'Too many live views are open.\n');
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      if (request.method === 'HEAD') response.end();
      else this.hub.add(text, response);
    }
  }
}

function sendPage(request: IncomingMessage, response: ServerResponse): void {
  // When somebody opens it: it is large, and most processes are never looked at.
  const { PAGE_HTML, PAGE_POLICY } = require('./generated/page') as Generated;
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
  });
  response.end(request.method === 'HEAD' ? undefined : PAGE_HTML);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(text);
}
