import { expect } from 'chai';
import type { ElementProps } from '../../src/jsx-runtime';
import { EVENT_TYPES, type KeyData } from '../../src/protocol';
import { h } from '../../src/vdom';
import { build } from '../support/shownPage';

const nothing = (): void => {};

describe('handlers', () => {
  it('are accepted for each event of an element', () => {
    for (const { name, dom } of Object.values(EVENT_TYPES)) {
      if (name === 'Navigate' || name === 'Unknown') continue;
      expect(build(h('div', { [`on${name}`]: nothing })).attrs).to.deep.equal({ 'data-ve': dom });
    }
    expect(build(h('div', { onDoubleClick: nothing })).attrs).to.deep.equal({
      'data-ve': 'dblclick',
    });
    expect(build(h('div', { onClick: null, onInput: false })).attrs).to.deep.equal({});
  });

  for (const name of ['onNavigate', 'onUnknown', 'onPointerDown', 'onClik', 'onclickcapture', 'on'])
    it(`are refused for ${name}, which no browser sends`, () => {
      expect(() => build(h('div', { [name]: nothing }))).to.throw(
        TypeError,
        `no event is called ${name}`,
      );
    });

  it("have the types of their events' data, and other names have none", () => {
    const accepted: ElementProps[] = [
      {
        onClick: ctx => void ctx.path,
        open: true,
        order: 1,

        'data-x': 1,
        'aria-label': 'x',
        class: 'a',
      },
      {
        onKeyDown: (data: KeyData) => void data.key,
        onAnimationIteration: nothing,
        onTransitionRun: nothing,
      },
      { onInput: (value: string) => void value, onDoubleClick: nothing, onWheel: false },
    ];
    expect(accepted).to.have.length(3);
    // @ts-expect-error no such event
    const misspelt: ElementProps = { onClik: nothing };
    // @ts-expect-error an event that the protocol does not have
    const unsent: ElementProps = { onPointerDown: nothing };
    // @ts-expect-error an event of no element
    const navigate: ElementProps = { onNavigate: nothing };
    // @ts-expect-error text is no number
    const wrong: ElementProps = { onInput: (value: number) => void value };
    for (const props of [misspelt, unsent, navigate])
      expect(() => build(h('div', props as Record<string, unknown>))).to.throw(TypeError);
    expect(wrong.onInput).to.be.a('function');
  });
});
