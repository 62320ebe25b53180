import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Names one page render. It travels in the WebSocket URL of the page. */
export interface RenderToken {
  /** Tells what the page shows. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly renderedAt: number;
  /** Differs for each render. */
  readonly nonce: string;
  /** Whether this app gave the page the trace context that came with the token. */
  readonly isTraceparentGenuine: boolean;
}

const FORMAT = /^([\w-]{16})\.([0-9a-z]{1,10})\.([\w-]{11})(?:\.([\w-]{22}))?$/;
const SIGNATURE_BYTES = 16;
/** Renders remembered; the oldest is forgotten first. */
const MAX_SEEN = 10_000;

/** Makes render tokens, reads them, and remembers the renders whose pages have connected. */
export class RenderTokens {
  /** When this process began to render pages, in milliseconds since the epoch. */
  readonly startedAt = Date.now();
  private readonly seen = new Set<string>();
  private readonly secret: string | Uint8Array;

  /**
   * @param secret - signs trace contexts; without one, each process believes only those of its own
   *   pages
   */
  constructor(secret: string | undefined) {
    this.secret = secret ?? randomBytes(32);
  }

  /** The token of a new render. */
  create(fingerprint: string, traceparent: string | undefined): string {
    const nonce = randomBytes(8).toString('base64url');
    const token = `${fingerprint}.${Date.now().toString(36)}.${nonce}`;
    if (traceparent === undefined) return token;
    return `${token}.${this.sign(token, traceparent).toString('base64url')}`;
  }

  /** Reads a token. Returns undefined for text that is not a token. */
  parse(text: string | null, traceparent: string | undefined): RenderToken | undefined {
    const parts = FORMAT.exec(text ?? '');
    if (parts === null) return undefined;
    const [, fingerprint = '', time = '', nonce = '', signature] = parts;
    const token = `${fingerprint}.${time}.${nonce}`;
    return {
      fingerprint,
      renderedAt: Number.parseInt(time, 36),
      nonce,
      isTraceparentGenuine:
        signature !== undefined &&
        traceparent !== undefined &&
        isSame(this.sign(token, traceparent), Buffer.from(signature, 'base64url')),
    };
  }

  /**
   * Whether a page of this render has connected before: another connect is then a reconnect of a
   * live page. It counts as connected from now on.
   */
  hasConnected(nonce: string): boolean {
    if (this.seen.has(nonce)) return true;
    this.seen.add(nonce);
    if (this.seen.size > MAX_SEEN) {
      for (const oldest of this.seen) {
        this.seen.delete(oldest);
        break;
      }
    }
    return false;
  }

  private sign(token: string, traceparent: string): Buffer {
    const hmac = createHmac('sha256', this.secret).update(`${token}.${traceparent}`);
    return hmac.digest().subarray(0, SIGNATURE_BYTES);
  }
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
