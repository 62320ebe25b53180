// Writes the tables of the documentation that derive from code. A test compares them with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGES, tables } from './tables.mjs';

const files = PAGES.map(page => new URL(`../${page}`, import.meta.url));
const texts = files.map(file => readFileSync(file, 'utf8'));
for (const [name, table] of Object.entries(tables())) {
  const section = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  const at = texts.findIndex(text => section.test(text));
  if (at < 0) throw new Error(`no page has a section ${name}`);
  texts[at] = texts[at].replace(section, (_, start, end) => `${start}\n${table}\n\n${end}`);
}
for (const [at, file] of files.entries()) writeFileSync(file, texts[at]);
