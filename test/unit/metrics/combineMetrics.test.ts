import { expect } from 'chai';
import { combineMetrics, ownMetrics } from '../../../src/metrics/combineMetrics';
import { NOOP_METRICS, type RuntimeMetrics } from '../../../vango/src';

type Call = [method: string, ...values: unknown[]];

/** Metrics that note their calls. */
function noting(calls: Call[]): RuntimeMetrics {
  const methods = Object.keys(NOOP_METRICS).map(name => [
    name,
    (...values: unknown[]) => void calls.push([name, ...values]),
  ]);
  return Object.freeze(Object.fromEntries(methods));
}

describe('combineMetrics()', () => {
  it('reports to both, with exactly the values that were reported', () => {
    const [own, recorded]: [Call[], Call[]] = [[], []];
    const combined = combineMetrics(noting(own), noting(recorded));
    combined.recordReconnect();
    combined.recordPatchBytes('/a', 7);
    const expected = [['recordReconnect'], ['recordPatchBytes', '/a', 7]];
    expect(own).to.deep.equal(expected);
    expect(recorded).to.deep.equal(expected);
  });

  it('combines only once, whatever was combined before', () => {
    const [own, recorded]: [Call[], Call[]] = [[], []];
    const [metrics, recorder] = [noting(own), noting(recorded)];
    const twice = combineMetrics(combineMetrics(metrics, recorder), recorder);
    twice.recordEviction();
    expect([own.length, recorded.length]).to.deep.equal([1, 1]);
    expect(ownMetrics(twice)).to.equal(metrics);
    expect(combineMetrics(recorder, recorder)).to.equal(recorder);
  });

  it('finds what the application set below whatever derives from it', () => {
    const metrics = noting([]);
    const derived: RuntimeMetrics = Object.create(combineMetrics(metrics, noting([])));
    expect(ownMetrics(derived)).to.equal(metrics);
    expect(ownMetrics(metrics)).to.equal(metrics);
  });
});
