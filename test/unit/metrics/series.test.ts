import { expect } from 'chai';
import { reported } from '../../../src/messages';
import { CardinalityLimit, OTHER } from '../../../src/metrics/cardinalityLimit';
import type { MetricDefinition } from '../../../src/metrics/catalogue';
import { SeriesTable } from '../../../src/metrics/series';

const STATUS = { name: 'status', values: ['success', 'error'] };
const PATH = { name: 'path', open: true } as const;
const DEFINITION: MetricDefinition = {
  prometheusName: 'vango_test_total',
  name: 'test',
  kind: 'counter',
  unit: '{test}',
  description: 'A metric of this test.',
  labels: [STATUS, PATH],
};

function tableOf(definition = DEFINITION, cap = 3): SeriesTable {
  const limits = {
    open: new Map([['path', new CardinalityLimit('path', cap)]]),
    byHand: new CardinalityLimit('by hand', 1),
  };
  return new SeriesTable('events', definition, limits, { region: 'eu' });
}

describe('SeriesTable', () => {
  afterEach(() => reported.clear());

  it('finds the same series for the same values, with its attributes built once', () => {
    const table = tableOf();
    const series = table.of('success', '/a');
    expect(table.of('success', '/a')).to.equal(series);
    expect(series.attributes).to.deep.equal({ region: 'eu', status: 'success', path: '/a' });
    expect(Object.isFrozen(series.attributes)).to.equal(true);
    expect(table.of('error', '/a')).not.to.equal(series);
  });

  it('opens the series of closed labels from the start', () => {
    const closed = tableOf({ ...DEFINITION, labels: [STATUS] });
    expect(closed.all.map(({ values }) => values)).to.deep.equal([['success'], ['error']]);
    expect(tableOf().all).to.deep.equal([]);
  });

  it('has one series for a metric without labels', () => {
    const table = tableOf({ ...DEFINITION, labels: [] });
    expect(table.of()).to.equal(table.of('ignored'));
    expect(table.all.length).to.equal(1);
  });

  it('records values past the cap, and values that are not text, as _other', () => {
    const table = tableOf();
    for (const path of ['/a', '/b', '/c']) table.of('success', path);
    for (const path of ['/d', undefined, 7, ''])
      expect(table.of('success', path).values).to.deep.equal(['success', OTHER]);
  });

  it('keeps a value of a closed label that was given by hand, up to its own cap', () => {
    const table = tableOf();
    expect(table.of('retried', '/a').values).to.deep.equal(['retried', '/a']);
    expect(table.of('skipped', '/a').values).to.deep.equal([OTHER, '/a']);
  });

  it('has at most as many series as an SDK keeps apart, with room for known values', () => {
    const type = { name: 'type', values: Array.from({ length: 9 }, (_, i) => `t${i}`) };
    const table = tableOf({ ...DEFINITION, labels: [STATUS, PATH, type] }, 1000);
    for (let path = 0; path < 500; path++) {
      for (let type = 0; type < 9; type++) table.of('success', `/${path}`, `t${type}`);
    }
    expect(table.all.length).to.be.at.most(1999);
    expect(table.of('error', '/0', 't0').values).to.deep.equal(['error', OTHER, 't0']);
    expect([...reported]).to.deep.equal(['the series of vango_test_total']);
  });

  it('gives all series other constant labels', () => {
    const table = tableOf();
    const series = table.of('success', '/a');
    table.relabel({ region: 'us' });
    expect(series.attributes).to.deep.equal({ region: 'us', status: 'success', path: '/a' });
  });

  it('opens all series of a value at 0, once, while these leave half of the room', () => {
    const type = { name: 'type', values: Array.from({ length: 9 }, (_, i) => `t${i}`) };
    const table = tableOf({ ...DEFINITION, labels: [PATH, type] }, 1000);
    expect(table.open('/0').map(({ values }) => values)).to.deep.equal(
      type.values.map(value => ['/0', value]),
    );
    expect(table.open('/0')).to.deep.equal([]);
    for (let path = 1; path < 1000; path++) table.open(`/${path}`);
    expect(table.all.length).to.be.within(900, 1010);
    // What counts something has a series of its own still.
    expect(table.of('/999', 't0').values).to.deep.equal(['/999', 't0']);
  });
});
