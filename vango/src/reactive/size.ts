import { Signal } from '@preact/signals-core';

const MAX_DEPTH = 4;
const DEEPER = 16;

/**
 * Estimates the bytes of a value, well enough to tell large sessions from small ones. An object
 * counts once for each place that refers to it.
 */
export function sizeOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return 16 + value.length;
    case 'object':
      if (value === null) return 8;
      if (depth >= MAX_DEPTH) return DEEPER;
      try {
        return sizeOfObject(value, depth);
      } catch {
        // A getter or a proxy of the app's threw.
        return DEEPER;
      }
    default:
      return 8;
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (value instanceof Signal) return 64 + sizeOf(value.peek(), depth + 1);
  if (value instanceof Uint8Array) return 48 + value.byteLength;
  if (Array.isArray(value))
    return value.reduce<number>((sum, entry) => sum + 8 + sizeOf(entry, depth + 1), 24);
  if (value instanceof Map) {
    let size = 48;
    for (const [key, entry] of value)
      size += 16 + sizeOf(key, depth + 1) + sizeOf(entry, depth + 1);
    return size;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object with a class of its own may refer to anything; its owner counts it.
  if (prototype !== Object.prototype && prototype !== null) return 64;
  let size = 48;
  for (const [key, entry] of Object.entries(value))
    size += 16 + key.length + sizeOf(entry, depth + 1);
  return size;
}
