import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(__dirname, '../..');
/** In a process of its own: to load an ES module into that of all tests takes many seconds. */
const SCRIPT = `import('./scripts/tables.mjs').then(({ PAGES, tables }) =>
  console.log(JSON.stringify([PAGES, tables()])))`;

describe('tables of the documentation', () => {
  it('are those that follow from the code', () => {
    const output = execFileSync(process.execPath, ['-e', SCRIPT], { cwd: ROOT, encoding: 'utf8' });
    const [pages, tables] = JSON.parse(output) as [string[], Record<string, string>];
    expect(tables).to.have.property('metrics');
    const text = pages.map(page => readFileSync(join(ROOT, page), 'utf8')).join('\n');
    for (const [name, table] of Object.entries(tables)) {
      expect(text, `section ${name}: run npm run readme`).to.include(
        `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`,
      );
    }
  });
});
