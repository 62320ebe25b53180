const INVALID = /[^a-zA-Z0-9_]/g;
const RUNS = /_{2,}/g;
/** Label names by attribute name. There are few, unless a client chooses them. */
const labelNames = new Map<string, string>();
const MAX_LABEL_NAMES = 10_000;

/** Makes a name valid: letters, digits and single underscores, with no digit first. */
export function validName(name: string): string {
  const valid = name.replace(INVALID, '_').replace(RUNS, '_');
  return /^\d/.test(valid) ? `_${valid}` : valid;
}

/** The label name of an attribute. The label `le` belongs to histograms. */
export function labelName(key: string, isHistogram: boolean): string {
  let name = labelNames.get(key);
  if (name === undefined) {
    name = validName(key) || '_';
    if (labelNames.size < MAX_LABEL_NAMES) labelNames.set(key, name);
  }
  return isHistogram && name === 'le' ? 'exported_le' : name;
}
