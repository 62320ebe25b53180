import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One golden vector; which fields it has depends on its group. */
export interface Vector {
  readonly name: string;
  readonly group: string;
  readonly bytesHex: string;
  readonly payloadHex?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the vectors' values have no common shape.
  readonly input?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the vectors' values have no common shape.
  readonly decoded?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the vectors' values have no common shape.
  readonly clientDecoded?: any;
  readonly clientDecode?: string;
  readonly clientError?: string;
  readonly decoder?: string;
  readonly require?: 'accept' | 'reject' | 'either';
  readonly serverAccepts?: boolean;
  readonly direction?: string;
  readonly note?: string;
}

const file = JSON.parse(readFileSync(join(__dirname, 'vectors.json'), 'utf8')) as {
  counts: Record<string, number>;
  vectors: Vector[];
};

export const counts = file.counts;
export const vectors = file.vectors;

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
