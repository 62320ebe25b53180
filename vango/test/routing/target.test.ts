import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalPath, InvalidPathError, resolveTarget } from '../../src/routing';

const ORIGIN = 'https://shop.example';
const BASE = '/a/b?c=1';

/** Pieces that URL parsers treat in ways of their own, and plain ones between them. */
const PIECE = fc.constantFrom(
  ...[
    '/',
    '//',
    '\\',
    '/\\',
    '\\/',
    '.',
    '..',
    '/../',
    '/./',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '%09',
    '%00',
    '%zz',
  ],
  ...[
    '?',
    '#',
    '?page=2',
    '#h',
    ':',
    '@',
    ';',
    '&',
    '=',
    '[::1]',
    ':80',
    'user:pw@',
    'evil.example',
    '127.0.0.1',
  ],
  ...[
    'http:',
    'https:',
    'HTTPS:',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:',
    'file:',
    'x+y-z.1:',
    '://',
  ],
  ...[
    '\t',
    '\n',
    '\r',
    '\0',
    '\x1f',
    '\x7f',
    ' ',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\u3002',
    '\uff0f',
    '\ud800',
    'ü',
  ],
  ...['a', 'x y', '"', '<', '`', '{', '^', '|', "'"],
);
const TARGET = fc.array(PIECE, { maxLength: 6 }).map(pieces => pieces.join(''));

function resolved(target: string): ReturnType<typeof resolveTarget> | undefined {
  try {
    return resolveTarget(target, BASE);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidPathError);
    return undefined;
  }
}

describe('resolveTarget()', () => {
  for (const [target, path, search = '', hash = ''] of [
    ['/', '/'],
    ['/x/?b=1#c', '/x', '?b=1', '#c'],
    ['?page=2', '/a/b', '?page=2'],
    ['?', '/a/b'],
    ['#h', '/a/b', '?c=1', '#h'],
    ['', '/a/b', '?c=1'],
    ['x', '/a/x'],
    ['./x', '/a/x'],
    ['../y#z', '/y', '', '#z'],
    ['..', '/'],
    ['/x//y/', '/x/y'],
    ['/.//evil.example', '/evil.example'],
    ['/login?next=https://other.example/a', '/login', '?next=https://other.example/a'],
    ['/a\u00fc b', '/a%C3%BC%20b'],
    ['/%5Cevil.example', '/%5Cevil.example'],
    ['/a?b=\\#\\', '/a', '?b=\\', '#\\'],
  ] as const) {
    it(`resolves ${JSON.stringify(target)} from ${BASE} to ${path}${search}${hash}`, () =>
      expect(resolveTarget(target, BASE)).to.deep.equal({ path, search, hash }));
  }

  for (const target of [
    ...[
      '//evil.example',
      '///evil.example',
      '//',
      '/\\evil.example',
      '\\\\evil.example',
      '\\/evil.example',
    ],
    ...[
      'http://shop.example/',
      'https:evil.example',
      'HTTP:/x',
      'javascript:alert(1)',
      'JavaScript:x',
      'data:,x',
    ],
    ...[
      '\tjavascript:x',
      'java\nscript:x',
      '/\t/evil.example',
      '/\n/evil.example',
      ' //evil.example',
      '/x ',
    ],
    ...['/a\0', '/a\x7f', '/a%00', '/a%zz', '/..', '../../x', '/%2e%2e/x'],
  ]) {
    it(`refuses ${JSON.stringify(target)}`, () =>
      expect(() => resolveTarget(target, BASE)).to.throw(InvalidPathError, 'is not a path'));
  }

  it('accepts nothing that a browser resolves to another place', () => {
    let accepted = 0;
    fc.assert(
      fc.property(TARGET, target => {
        const place = resolved(target);
        if (place === undefined) return;
        accepted++;
        const browsers = new URL(target, ORIGIN + BASE);
        expect(browsers.origin).to.equal(ORIGIN);
        expect(browsers.username + browsers.password).to.equal('');
        expect(place).to.deep.equal({
          path: canonicalPath(browsers.pathname).path,
          search: browsers.search,
          hash: browsers.hash,
        });
      }),
      { numRuns: 20_000, seed: 11 },
    );
    expect(accepted).to.be.greaterThan(500);
  });

  it('is idempotent and keeps the origin', () => {
    fc.assert(
      fc.property(TARGET, target => {
        const place = resolved(target);
        if (place === undefined) return;
        const written = place.path + place.search + place.hash;
        expect(new URL(written, ORIGIN + BASE).href).to.equal(ORIGIN + written);
        expect(resolveTarget(written, '/elsewhere')).to.deep.equal(place);
      }),
      { numRuns: 5000, seed: 12 },
    );
  });
});
