import { expect } from 'chai';
import { type FinishedSpan, type HandledEvent, Waterfalls } from '../../../src/live/waterfalls';

const START = 1_700_000_000_000;

function span(
  id: string,
  trace: string,
  at: number,
  length: number,
  parent?: string,
): FinishedSpan {
  const time = START + at;
  return {
    name: `span ${id}`,
    startTime: [Math.floor(time / 1000), (time % 1000) * 1e6],
    duration: [Math.floor(length / 1000), (length % 1000) * 1e6],
    parentSpanContext: parent === undefined ? undefined : { spanId: parent },
    status: { code: 0 },
    spanContext: () => ({ traceId: trace, spanId: id }),
  };
}

function event(id: string, trace: string | undefined, milliseconds: number): HandledEvent {
  const stages = { queue: 0, handler: milliseconds, render: 0 };
  return { id, at: START, name: 'Click', route: '/', trace, milliseconds, stages };
}

describe('Waterfalls', () => {
  const started = (waterfalls: Waterfalls, traceId: string, ...ids: string[]): void => {
    for (const spanId of ids) waterfalls.spanStarted({ traceId, spanId });
  };

  it('take an event that is slow by itself, with or without a span', () => {
    const waterfalls = new Waterfalls();
    waterfalls.handled(event('1', undefined, 99));
    waterfalls.handled(event('2', undefined, 100));
    started(waterfalls, 't', 'a');
    waterfalls.handled(event('3', 't', 250));
    waterfalls.spanEnded(span('a', 't', 0, 250));
    expect(waterfalls.list('').rows.map(({ id }) => id)).to.deep.equal(['3', '2']);
    expect(waterfalls.list('3').chosen?.spans.map(({ id }) => id)).to.deep.equal(['a']);
    expect(waterfalls.list('2').chosen?.spans).to.deep.equal([]);
  });

  it('take an event whose work goes on after it', () => {
    const waterfalls = new Waterfalls();
    started(waterfalls, 't', 'a', 'b');
    waterfalls.handled(event('1', 't', 2));
    waterfalls.spanEnded(span('a', 't', 0, 2));
    expect(waterfalls.list('').rows).to.deep.equal([]);
    started(waterfalls, 't', 'c');
    waterfalls.spanEnded(span('c', 't', 20, 60, 'b'));
    waterfalls.spanEnded(span('b', 't', 1, 180, 'a'));
    const [row] = waterfalls.list('').rows;
    expect(row).to.include({ id: '1', milliseconds: 181 });
    const { chosen } = waterfalls.list('1');
    expect(chosen?.spans).to.deep.include({
      ...{ id: 'c', parent: 'b', name: 'span c', scope: '' },
      ...{ at: START + 20, milliseconds: 60, isError: false },
    });
    expect(chosen?.spans.map(({ id }) => id)).to.deep.equal(['a', 'b', 'c']);
  });

  it('take a span once, though two processors tell of it, and none that began unseen', () => {
    const waterfalls = new Waterfalls();
    started(waterfalls, 't', 'a', 'a');
    waterfalls.spanEnded(span('before', 't', -50, 60));
    waterfalls.handled(event('1', 't', 150));
    for (let i = 0; i < 2; i++) waterfalls.spanEnded(span('a', 't', 0, 150));
    expect(waterfalls.list('1').chosen?.spans.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('have a row for each event of one trace', () => {
    const waterfalls = new Waterfalls();
    started(waterfalls, 't', 'a', 'b');
    waterfalls.handled(event('1', 't', 150));
    waterfalls.handled(event('2', 't', 200));
    waterfalls.spanEnded(span('a', 't', 0, 150));
    expect(waterfalls.list('').rows.map(({ id }) => id)).to.deep.equal(['2', '1']);
    expect(waterfalls.list('1').chosen?.spans.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('hold no more of a trace than its first 100 spans', () => {
    const waterfalls = new Waterfalls();
    const ids = Array.from({ length: 300 }, (_, i) => `${i}`);
    started(waterfalls, 't', ...ids);
    waterfalls.handled(event('1', 't', 150));
    for (const id of ids) waterfalls.spanEnded(span(id, 't', 0, 1));
    expect(waterfalls.list('1').chosen?.spans).to.have.length(100);
  });

  it('keep the last 100, and of traces that never end the last 2,000', () => {
    const waterfalls = new Waterfalls();
    for (let i = 0; i < 3000; i++) {
      started(waterfalls, `t${i}`, ...[0, 1, 2].map(j => `${i}-${j}`));
      waterfalls.handled(event(`${i}`, `t${i}`, i % 2 === 0 ? 100 : 1));
      for (let j = 0; j < 3; j++) waterfalls.spanEnded(span(`${i}-${j}`, `t${i}`, 0, 1));
    }
    expect(waterfalls.list('').rows).to.have.length(100);
    for (let i = 0; i < 5000; i++) started(waterfalls, `open ${i}`, 'x', 'y');
    // The first ones are forgotten, so their ends say nothing.
    waterfalls.handled(event('first', 'open 0', 1));
    waterfalls.spanEnded(span('x', 'open 0', 0, 1000));
    waterfalls.handled(event('last', 'open 4999', 1));
    waterfalls.spanEnded(span('y', 'open 4999', 0, 1000));
    expect(waterfalls.list('').rows[0]?.id).to.equal('last');
    expect(waterfalls.list('first').chosen).to.equal(undefined);
  });
});
