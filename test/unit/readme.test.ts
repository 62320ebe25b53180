import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

describe('README.md', () => {
  it('has the tables that follow from the code', async () => {
    const { tables } = (await import(join(__dirname, '../../scripts/tables.mjs'))) as {
      tables(): Record<string, string>;
    };
    const text = readFileSync(join(__dirname, '../../README.md'), 'utf8');
    for (const [name, table] of Object.entries(tables())) {
      expect(text, `section ${name}: run npm run readme`).to.include(
        `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`,
      );
    }
  });
});
