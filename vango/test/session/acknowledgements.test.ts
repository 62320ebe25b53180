import { expect } from 'chai';
import fc from 'fast-check';
import { createApp, UnitOfWork } from '../../src';
import { Acknowledgements } from '../../src/session/acknowledgements';
import { silentLogger } from '../support/logger';

/** What happens next at the server, in the browser, or on the ways between them. */
type Step = 'event' | 'push' | 'redraw' | 'browser takes' | 'server takes' | 'repeat the ack';

describe('acknowledgements', () => {
  const app = createApp({ logger: silentLogger() });

  it('never show an event whose frame the browser has not applied, whatever is under way', () => {
    const steps = fc.array(
      fc.constantFrom<Step>(
        ...(['event', 'event', 'push', 'redraw', 'browser takes', 'browser takes'] as const),
        ...(['server takes', 'server takes', 'repeat the ack'] as const),
      ),
      { minLength: 30, maxLength: 90 },
    );
    let shown = 0;
    fc.assert(
      fc.property(steps, story => {
        const acknowledgements = new Acknowledgements();
        acknowledgements.restart(0);
        let sent = 0;
        const down: Array<{ frame: number; unit?: UnitOfWork }> = [];
        const up: number[] = [];
        const applied = new Set<UnitOfWork>();
        for (const step of story) {
          if (step === 'event') {
            const unit = new UnitOfWork(app, 'event', '/');
            unit.handledAt = performance.now();
            acknowledgements.wrote(unit, ++sent);
            down.push({ frame: sent, unit });
          } else if (step === 'push') {
            down.push({ frame: ++sent });
          } else if (step === 'redraw') {
            acknowledgements.restart(sent);
            sent = 0;
          } else if (step === 'browser takes') {
            const taken = down.shift();
            if (taken === undefined) continue;
            if (taken.unit !== undefined) applied.add(taken.unit);
            up.push(taken.frame);
          } else if (step === 'repeat the ack') {
            const last = up.at(-1);
            if (last !== undefined) up.push(last);
          } else {
            const ack = up.shift();
            if (ack === undefined || ack > sent || !acknowledgements.accept(ack)) continue;
            let unit = acknowledgements.takeShown();
            for (; unit !== undefined; unit = acknowledgements.takeShown()) {
              expect(applied.has(unit)).to.equal(true);
              shown++;
            }
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(shown).to.be.above(1000);
  });
});
