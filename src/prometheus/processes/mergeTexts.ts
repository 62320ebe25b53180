/** The metrics of one process in a text format of Prometheus. */
export interface ProcessText {
  readonly slot: number;
  readonly text: string;
}

/** One family of metrics, from all processes that have it. */
interface Family {
  /** The lines of its HELP, TYPE and UNIT, as the first process that has it writes them. */
  head: string;
  type: string | undefined;
  readonly parts: Array<{ readonly slot: number; readonly samples: string }>;
}

/** The label that tells processes apart. */
const LABEL = 'process';
/** What a label of this name becomes, as Prometheus does it with labels of targets. */
const RENAMED = `exported_${LABEL}`;
/** Characters of a chunk, about: one takes less than a millisecond. */
const CHUNK = 64 * 1024;
const END = '# EOF';

// Values may hold what "m" takes for the end of a line, such as U+2028. Only "\n" is one here.
const METADATA = /^# (HELP|TYPE|UNIT) (\S+)(?: ([^\n]*))?$/;
const SAMPLE = /(^|\n)([a-zA-Z_:][\w:]*)(\{\}?)?/g;
const HAS_LABEL = new RegExp(`[{,]${LABEL}="`);
const LABELLED = /(^|\n)([a-zA-Z_:][\w:]*)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\}/g;
const LABELS = /(\w+)(="(?:[^"\\]|\\.)*")/g;

/**
 * Puts the texts of several processes together: each family once, and each sample with the label
 * `process`. All texts are of one format, 0.0.4 or OpenMetrics.
 *
 * @param texts - The texts in the order of their slots.
 * @param report - Told of what cannot be written.
 */
export function* mergeTexts(
  texts: readonly ProcessText[],
  report: (conflict: string) => void,
): Generator<string> {
  const families = new Map<string, Family>();
  let isOpenMetrics = false;
  for (const text of texts) isOpenMetrics = split(text, families, report) || isOpenMetrics;
  for (const { head, parts } of families.values()) {
    yield head;
    for (const { slot, samples } of parts)
      for (const chunk of chunksOf(samples)) yield labelled(chunk, slot);
  }
  if (isOpenMetrics) yield `${END}\n`;
}

/** Adds the families of a text. Returns whether the text has the last line of OpenMetrics. */
function split(
  { slot, text: given }: ProcessText,
  families: Map<string, Family>,
  report: (conflict: string) => void,
): boolean {
  const text = given === '' || given.endsWith('\n') ? given : `${given}\n`;
  let name = '';
  let head = '';
  let type: string | undefined;
  const add = (samples: string): void => {
    const found = families.get(name);
    const family = found ?? { head, type, parts: [] };
    if (found === undefined) families.set(name, family);
    if (family.type === type) family.parts.push({ slot, samples });
    else
      report(
        `${name} of process ${slot} is left out: it is a ${type} there, and a ${family.type} in ` +
          'another process',
      );
  };

  let position = 0;
  while (position < text.length) {
    if (text[position] !== '#') {
      const next = text.indexOf('\n#', position);
      const end = next < 0 ? text.length : next + 1;
      add(text.slice(position, end));
      position = end;
      continue;
    }
    const end = text.indexOf('\n', position) + 1;
    const line = text.slice(position, end).trimEnd();
    if (line === END) return true;
    const [, what, of = '', value] = METADATA.exec(line) ?? [];
    if (what !== undefined) {
      if (of !== name) [name, head, type] = [of, '', undefined];
      head += text.slice(position, end);
      if (what === 'TYPE') type = value;
    }
    position = end;
  }
  return false;
}

/** Cuts samples between lines. */
function* chunksOf(samples: string): Generator<string> {
  let position = 0;
  while (position < samples.length) {
    const next = samples.indexOf('\n', position + CHUNK);
    const end = next < 0 ? samples.length : next + 1;
    yield samples.slice(position, end);
    position = end;
  }
}

function labelled(samples: string, slot: number): string {
  const label = `${LABEL}="${slot}"`;
  const others = HAS_LABEL.test(samples) ? samples.replace(LABELLED, renamed) : samples;
  return others.replace(SAMPLE, (_, before: string, name: string, open?: string) =>
    open === '{' ? `${before}${name}{${label},` : `${before}${name}{${label}}`,
  );
}

/** The start of a line whose own label of the name is renamed. */
function renamed(_: string, before: string, name: string, labels: string): string {
  const names = new Set([...labels.matchAll(LABELS)].map(([, label = '']) => label));
  let free = RENAMED;
  while (names.has(free)) free = `exported_${free}`;
  const others = labels.replace(LABELS, (whole, label: string, value: string) =>
    label === LABEL ? free + value : whole,
  );
  return `${before}${name}{${others}}`;
}
