import { randomBytes } from 'node:crypto';

/** Names one page render: what it showed, when, and which one it was. Travels in the WebSocket URL of the page. */
export interface RenderToken {
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly renderedAt: number;
  readonly nonce: string;
}

const FORMAT = /^([\w-]{16})\.([0-9a-z]{1,10})\.([\w-]{11})$/;

export function createRenderToken(fingerprint: string): string {
  return `${fingerprint}.${Date.now().toString(36)}.${randomBytes(8).toString('base64url')}`;
}

/** Undefined for anything that is not a token. */
export function parseRenderToken(text: string | null): RenderToken | undefined {
  const parts = FORMAT.exec(text ?? '');
  if (parts === null) return undefined;
  const [, fingerprint = '', time = '', nonce = ''] = parts;
  return { fingerprint, renderedAt: Number.parseInt(time, 36), nonce };
}

/** Remembers the renders whose pages have connected: a second connect of one is a reconnect of a live page. */
export class SeenRenders {
  private readonly nonces = new Set<string>();

  /** @param capacity renders remembered, oldest forgotten first */
  constructor(private readonly capacity: number) {}

  /** Whether the render was seen before; it is from now on. */
  add(nonce: string): boolean {
    if (this.nonces.has(nonce)) return true;
    this.nonces.add(nonce);
    if (this.nonces.size > this.capacity) {
      for (const oldest of this.nonces) {
        this.nonces.delete(oldest);
        break;
      }
    }
    return false;
  }
}
