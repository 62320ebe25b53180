import Ajv from 'ajv';
import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { classifyError, ERROR_TYPES } from '../../../src';
import {
  ForbiddenError,
  NotAuthorizedError,
  NotFoundError,
  QueueFullError,
  ValidationError,
} from '../../../vango/src';

const withProps = (props: object, message = 'it failed'): Error =>
  Object.assign(new Error(message), props);

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function rejected(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    error => error,
  );
}

function ajvError(): Error {
  const validate = new Ajv().compile({ type: 'number' });
  validate('x');
  return new Ajv.ValidationError(validate.errors ?? []);
}

describe('classifyError()', () => {
  const cases: Array<[string, unknown, (typeof ERROR_TYPES)[number]]> = [
    ['an aborted call', new DOMException('stopped', 'AbortError'), 'timeout'],
    ['AbortSignal.timeout()', new DOMException('late', 'TimeoutError'), 'timeout'],
    ['ETIMEDOUT', withProps({ code: 'ETIMEDOUT' }), 'timeout'],
    ['HTTP 504', withProps({ statusCode: 504 }), 'timeout'],
    ['HTTP 429', withProps({ status: 429 }), 'rate_limit'],
    ['a full queue of vango', new QueueFullError(256), 'rate_limit'],
    ['HTTP 404', withProps({ status: 404 }), 'not_found'],
    ['ENOENT', withProps({ code: 'ENOENT' }), 'not_found'],
    ['NotFoundError of vango', new NotFoundError('no page'), 'not_found'],
    ['HTTP 401', withProps({ status: 401 }), 'unauthorized'],
    ['NotAuthorizedError of vango', new NotAuthorizedError(), 'unauthorized'],
    ['HTTP 403', withProps({ status: 403 }), 'forbidden'],
    ['EACCES', withProps({ code: 'EACCES' }), 'forbidden'],
    ['ForbiddenError of vango', new ForbiddenError(), 'forbidden'],
    ['an error of zod', thrown(() => z.object({ a: z.string() }).parse({})), 'validation'],
    ['an error of ajv', ajvError(), 'validation'],
    ['ValidationError of vango', new ValidationError('too short'), 'validation'],
    ['HTTP 422', withProps({ statusCode: 422 }), 'validation'],
    ['an error of ws', withProps({ code: 'WS_ERR_INVALID_OPCODE' }), 'websocket'],
    ['a plain Error', new Error('it broke'), 'internal'],
    ['a TypeError', new TypeError('x is not a function'), 'internal'],
    ['undefined', undefined, 'unknown'],
    ['null', null, 'unknown'],
    ['a number', 42, 'unknown'],
    ['an empty string', '', 'unknown'],
    ['an object', {}, 'unknown'],
    // Words count last: a code beats them.
    ['words of a timeout', new Error('query timed out'), 'timeout'],
    ['words of a rate limit', new Error('Too many requests'), 'rate_limit'],
    ['words, a code before them', withProps({ code: 'EACCES' }, 'request timed out'), 'forbidden'],
    ['words in a string', 'user not found', 'not_found'],
    [
      'a cause',
      new Error('fetch failed', { cause: withProps({ code: 'UND_ERR_CONNECT_TIMEOUT' }) }),
      'timeout',
    ],
  ];
  for (const [name, error, type] of cases) {
    it(`${name} is ${type}`, () => expect(classifyError(error)).to.equal(type));
  }

  it('an aborted fetch is timeout', async () => {
    const error = await rejected(fetch('http://127.0.0.1:9', { signal: AbortSignal.abort() }));
    expect(classifyError(error)).to.equal('timeout');
  });

  it('gives one of its types for anything, and never throws', () => {
    const hostile = {
      get code(): never {
        throw new Error('no');
      },
    };
    expect(classifyError(hostile)).to.equal('unknown');
    fc.assert(fc.property(fc.anything(), value => ERROR_TYPES.includes(classifyError(value))));
  });
});
