// Writes the tables of README.md that derive from code. A test compares them with what is there.
import { readFileSync, writeFileSync } from 'node:fs';
import { tables } from './tables.mjs';

const file = new URL('../README.md', import.meta.url);
let text = readFileSync(file, 'utf8');
for (const [name, table] of Object.entries(tables())) {
  const section = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(text)) throw new Error(`README.md has no section ${name}`);
  text = text.replace(section, (_, start, end) => `${start}\n${table}\n\n${end}`);
}
writeFileSync(file, text);
