import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** The source of both packages, in one text. */
const SOURCE = execFileSync('git', ['ls-files', 'src', 'vango/src', 'vango/client'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter(file => /\.tsx?$/.test(file))
  .map(file => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n');

describe('docs/architecture.md', () => {
  const names = [...PAGE.matchAll(/->>\S+: ([A-Z]\w+)\.(\w+)/g)];
  for (const [, owner = '', member = ''] of names) {
    it(`names ${owner}.${member}, which exists`, () => {
      const declarations = SOURCE.matchAll(
        new RegExp(`(?:class|interface) ${owner}\\b[^]*?\\n}\\n`, 'g'),
      );
      const modifiers = '(?:(?:override|private|protected|async|readonly) )*';
      const found = [...declarations].filter(([text]) =>
        new RegExp(`\\n {2}${modifiers}\\*?${member}\\b`).test(text),
      );
      expect(found.length).to.be.above(0);
    });
  }

  for (const [, name = ''] of PAGE.matchAll(/->>\S+: ([a-z]\w+)$/gm)) {
    it(`names ${name}(), which exists`, () => {
      expect(SOURCE).to.match(new RegExp(`function ${name}\\(`));
    });
  }

  it('names participants that are classes of the code', () => {
    const participants = [...PAGE.matchAll(/participant ([A-Z]\w+)(?: as ([A-Z]\w+))?$/gm)].map(
      ([, id, title]) => title ?? id,
    );
    const classes = participants.filter(name => name !== 'Browser');
    expect(classes.length).to.be.above(5);
    for (const name of classes) expect(SOURCE).to.match(new RegExp(`class ${name}\\b`));
  });

  it('has a glossary of at most 25 words', () => {
    const [, glossary = ''] = PAGE.split('## Glossary');
    expect(glossary.match(/^\| (?!Word|---)/gm)?.length).to.be.within(10, 25);
  });

  it('names files and folders that exist', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT }).toString();
    for (const [, path = ''] of PAGE.matchAll(/`((?:src|vango)\/[\w/.]+)`/g))
      expect(tracked).to.include(path);
  });
});
