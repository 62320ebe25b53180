import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

describe('tables of the documentation', () => {
  it('are those that follow from the code', async () => {
    const { PAGES, tables } = (await import(join(__dirname, '../../scripts/tables.mjs'))) as {
      PAGES: string[];
      tables(): Record<string, string>;
    };
    const text = PAGES.map(page => readFileSync(join(__dirname, '../..', page), 'utf8')).join('\n');
    for (const [name, table] of Object.entries(tables())) {
      expect(text, `section ${name}: run npm run readme`).to.include(
        `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`,
      );
    }
  });
});
