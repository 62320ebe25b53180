import type { Attributes } from '@opentelemetry/api';

const INVALID = /[^a-zA-Z0-9_]/g;
const RUNS = /_{2,}/g;
const VALID_LABEL = /^[a-zA-Z](?:_?[a-zA-Z0-9])*_?$/;
/** Label names by attribute name. There are few, unless a client chooses them. */
const labelNames = new Map<string, string>();
const MAX_LABEL_NAMES = 10_000;

/** Makes a name valid: letters, digits and single underscores, with no digit first. */
export function validName(name: string): string {
  const valid = name.replace(INVALID, '_').replace(RUNS, '_');
  return /^\d/.test(valid) ? `_${valid}` : valid;
}

/**
 * Renames attributes to valid label names. Values of attributes that get one name are joined, as
 * the specification of the exporter says. The label `le` belongs to histograms.
 */
export function validLabels(attributes: Attributes, isHistogram: boolean): Attributes {
  const keys = Object.keys(attributes);
  if (keys.every(key => VALID_LABEL.test(key) && !(isHistogram && key === 'le'))) return attributes;
  const labels: Record<string, Attributes[string]> = {};
  for (const key of keys.sort()) {
    const name = labelName(key, isHistogram);
    const value = attributes[key];
    labels[name] = Object.hasOwn(labels, name) ? `${textOf(labels[name])};${textOf(value)}` : value;
  }
  return labels;
}

function labelName(key: string, isHistogram: boolean): string {
  let name = labelNames.get(key);
  if (name === undefined) {
    name = validName(key) || '_';
    if (labelNames.size < MAX_LABEL_NAMES) labelNames.set(key, name);
  }
  return isHistogram && name === 'le' ? 'exported_le' : name;
}

/** Formats a value as the serializer does. */
function textOf(value: Attributes[string]): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
