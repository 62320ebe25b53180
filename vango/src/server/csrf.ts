import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The cookie that carries the token. Pages send it back in the hello (docs/protocol.md, section
 * 13.3).
 */
export const CSRF_COOKIE = '__vango_csrf';

const NONCE_BYTES = 16;
const SIGNATURE_BYTES = 32;

function sign(secret: string, nonce: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(nonce).digest();
}

/** A token: a random nonce and, with a secret, its signature. */
export function issueToken(secret: string | undefined): string {
  const nonce = randomBytes(NONCE_BYTES);
  return (secret === undefined ? nonce : Buffer.concat([nonce, sign(secret, nonce)])).toString(
    'base64url',
  );
}

/**
 * Whether a token was issued with this secret and came with its cookie. Without a secret, every
 * token is genuine.
 */
export function isGenuine(
  token: string,
  cookie: string | undefined,
  secret: string | undefined,
): boolean {
  if (secret === undefined) return true;
  const given = Buffer.from(token);
  const kept = Buffer.from(cookie ?? '');
  if (given.length === 0 || given.length !== kept.length || !timingSafeEqual(given, kept))
    return false;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== NONCE_BYTES + SIGNATURE_BYTES) return false;
  return timingSafeEqual(bytes.subarray(NONCE_BYTES), sign(secret, bytes.subarray(0, NONCE_BYTES)));
}
