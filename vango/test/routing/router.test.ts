import { expect } from 'chai';
import fc from 'fast-check';
import { createApp, UnitOfWork } from '../../src';
import {
  canonicalPath,
  compose,
  InvalidPathError,
  type Middleware,
  Router,
} from '../../src/routing';

const page = (): null => null;

describe('canonicalPath()', () => {
  for (const [raw, path] of [
    ['/', '/'],
    ['/a/b/', '/a/b'],
    ['//a///b', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['', '/'],
    ['/a%2Fb', '/a%2Fb'],
  ] as const) {
    it(`makes ${JSON.stringify(raw)} ${path}`, () =>
      expect(canonicalPath(raw)).to.deep.equal({ path, changed: raw !== path }));
  }

  for (const raw of ['/..', '/a/../../b', '/a\\b', '/a%00', '/%zz', '/%2e%2e/%2e%2e']) {
    it(`refuses ${JSON.stringify(raw)}`, () =>
      expect(() => canonicalPath(raw)).to.throw(InvalidPathError, 'is not a path'));
  }

  it('is idempotent and never leaves the root', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '..', '.', '', '%20', 'b c')), segments => {
        let canonical: string;
        try {
          canonical = canonicalPath(`/${segments.join('/')}`).path;
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidPathError);
          return;
        }
        expect(canonicalPath(canonical)).to.deep.equal({ path: canonical, changed: false });
        expect(canonical).to.match(/^\/(?!\/)/);
      }),
    );
  });
});

describe('Router', () => {
  const router = new Router()
    .page('/', page)
    .page('/items/new', page)
    .page('/items/:id(int)', page)
    .page('/items/:name', page)
    .page('/users/:user(uuid)/posts/:post', page)
    .page('/files/*rest', page);

  for (const [path, route, params] of [
    ['/', '/', {}],
    ['/items/new', '/items/new', {}],
    ['/items/42', '/items/:id(int)', { id: '42' }],
    ['/items/x%20y', '/items/:name', { name: 'x y' }],
    ['/items/a%2Fb', undefined, {}],
    ['/items', undefined, {}],
    [
      '/users/6ba7b810-9dad-11d1-80b4-00c04fd430c8/posts/1',
      '/users/:user(uuid)/posts/:post',
      { user: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', post: '1' },
    ],
    ['/users/nobody/posts/1', undefined, {}],
    ['/files/a/b%20c', '/files/*rest', { rest: 'a/b c' }],
    ['/files', undefined, {}],
  ] as const) {
    it(`routes ${path} to ${route ?? 'no page'}`, () => {
      const match = router.match(path);
      expect(match?.route).to.equal(route);
      if (match !== undefined) expect(match.params).to.deep.equal(params);
    });
  }

  it('wraps pages in the layouts of their path, outermost first', () => {
    const outer = (): null => null;
    const inner = (): null => null;
    const own = (): null => null;
    const layered = new Router()
      .layout('/', outer)
      .layout('/a', inner)
      .page('/a/b', page)
      .page('/c', page)
      .page('/a/own', page, { layout: own });
    expect(layered.match('/a/b')?.layouts).to.deep.equal([outer, inner]);
    expect(layered.match('/c')?.layouts).to.deep.equal([outer]);
    expect(layered.match('/a/own')?.layouts).to.deep.equal([own]);
  });

  for (const [pattern, message] of [
    ['items', 'a pattern starts with a slash'],
    ['/a//b', 'it has an empty segment'],
    ['/:id(float)', 'unknown type float of :id; the types are string, int, uint, uuid'],
    ['/:a/:a', 'the parameter a is named twice'],
    ['/*rest/more', '*rest must be the last segment'],
    ['/:', ': is not a parameter; write :name or :name(type)'],
    ['/items/new', 'is taken by "/items/new"; register each path once'],
  ] as const) {
    it(`refuses ${pattern}`, () =>
      expect(() => new Router().page('/items/new', page).page(pattern, page)).to.throw(
        TypeError,
        message,
      ));
  }

  it('refuses pages and middleware that are not functions', () => {
    expect(() => new Router().page('/', 'x' as never)).to.throw(
      TypeError,
      'the component must be a function, not x',
    );
    expect(() => new Router().use(1 as never)).to.throw(
      TypeError,
      'middleware must be a function (ctx, next) => ..., not 1',
    );
  });
});

describe('compose()', () => {
  const ctx = new UnitOfWork(createApp(), 'event', '/');

  it('runs outermost first, and stays synchronous if possible', async () => {
    const log: string[] = [];
    const named =
      (name: string): Middleware =>
      (_ctx, next) => {
        log.push(name);
        return next();
      };
    expect(compose([named('a'), named('b')])(ctx, () => void log.push('end'))).to.equal(undefined);
    expect(log).to.deep.equal(['a', 'b', 'end']);
    const waited = compose([async (_ctx, next) => next(), named('c')])(
      ctx,
      () => void log.push('end'),
    );
    expect(waited).to.be.instanceOf(Promise);
    await waited;
    expect(log).to.deep.equal(['a', 'b', 'end', 'c', 'end']);
  });

  it('refuses a second next(), and propagates errors', () => {
    const twice: Middleware = (_ctx, next) => {
      next();
      next();
    };
    expect(() => compose([twice])(ctx, () => {})).to.throw(
      'next() was called twice by the middleware twice; call it once',
    );
    const error = new Error('inner');
    const pass = compose([(_ctx, next) => next()]);
    expect(() =>
      pass(ctx, () => {
        throw error;
      }),
    ).to.throw(error);
  });
});
