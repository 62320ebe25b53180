import type { Attributes } from '@opentelemetry/api';
import { labelName } from './names';

/** The labels of a series. */
export interface Labels {
  /** As they are written between braces, in the order of the attributes. */
  readonly text: string;
  /**
   * What tells the series from others: sorted, and without empty labels, which Prometheus drops.
   */
  readonly key: string;
}

/** Text that UTF-8 cannot hold: halves of pairs. */
const HALVES = /\p{Surrogate}/gu;
const NONE: Labels = { text: '', key: '' };

/**
 * Turns attributes into labels with valid names. Values of attributes that get one name are joined
 * in the order of the attributes' names, as the specification of the exporter says. The label `le`
 * belongs to histograms.
 */
export function labelsOf(attributes: Attributes, isHistogram: boolean): Labels {
  const keysByName = new Map<string, string[]>();
  for (const key of Object.keys(attributes)) {
    const name = labelName(key, isHistogram);
    const keys = keysByName.get(name);
    if (keys === undefined) keysByName.set(name, [key]);
    else keys.push(key);
  }
  if (keysByName.size === 0) return NONE;
  const labels: string[] = [];
  const telling: string[] = [];
  for (const [name, keys] of keysByName) {
    const values = keys.sort().map(key => textOf(attributes[key]));
    const label = `${name}="${escapeLabel(values.join(';'))}"`;
    labels.push(label);
    if (!label.endsWith('=""')) telling.push(label);
  }
  const text = labels.join();
  const key = telling.sort().join();
  return { text, key: key === text ? text : key };
}

/** Escapes what would end a line of the format. */
export function escapeLine(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(HALVES, '\uFFFD');
}

/** Escapes what would end a value between quotes. */
export function escapeLabel(text: string): string {
  return escapeLine(text).replace(/"/g, '\\"');
}

/** The text of a value, as the serializer of the SDK writes it. */
function textOf(value: Attributes[string]): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
