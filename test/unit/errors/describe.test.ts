import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { describeFailure, messageOf } from '../../../src/errors/describe';

describe('describeFailure()', () => {
  it('takes name, code, message and stack of an error', () => {
    const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    expect(describeFailure(error)).to.deep.equal({
      name: 'RangeError',
      code: 'E_FAR',
      message: 'too far',
      stack: error.stack,
    });
  });

  it('describes an error of another realm', () => {
    const { name, message } = describeFailure(runInNewContext("new TypeError('foreign')"));
    expect([name, message]).to.deep.equal(['TypeError', 'foreign']);
  });

  for (const [what, thrown, failure] of [
    ['a string', 'gone', { message: 'gone' }],
    ['undefined', undefined, { message: 'undefined' }],
    ['a plain object', { a: 1 }, { name: 'Object', message: '{ a: 1 }' }],
    ['an object without a class', Object.create(null), { message: '[Object: null prototype] {}' }],
    [
      'an object whose properties throw',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
      { message: '{}' },
    ],
  ] as const) {
    it(`describes ${what}`, () => expect(describeFailure(thrown)).to.deep.equal(failure));
  }

  it('ends the stack of causes that form a circle', () => {
    const a = new Error('a');
    a.cause = new Error('b', { cause: a });
    expect(describeFailure(a).stack).to.include('[cause]: [Circular] a');
  });

  it('shows ten errors of a long chain of causes', () => {
    let deep = new Error('deepest');
    for (let i = 0; i < 20_000; i++) deep = new Error(`${i}`, { cause: deep });
    const stack = describeFailure(deep).stack as string;
    expect(stack.match(/\[cause\]/g)?.length).to.equal(10);
    expect(stack).to.include('[cause]: [further causes]');
  });

  it('shows ten errors of an AggregateError of many', () => {
    const wide = new AggregateError(Array.from({ length: 20_000 }, (_, i) => new Error(`${i}`)));
    expect((describeFailure(wide).stack as string).length).to.be.below(20_000);
  });

  it('leaves out other properties of causes, which may be secret', () => {
    const cause = Object.assign(new Error('request failed'), { authorization: 'secret' });
    const failure = JSON.stringify(describeFailure(new Error('x', { cause })));
    expect(failure).to.include('request failed').and.not.include('secret');
  });
});

describe('messageOf()', () => {
  it('keeps a string whole, and shows 1,000 characters of other values', () => {
    expect(messageOf('x'.repeat(5000)).length).to.equal(5000);
    expect(messageOf({ long: 'x'.repeat(5000) }).length).to.equal(1000);
  });
});
