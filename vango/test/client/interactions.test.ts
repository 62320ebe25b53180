import { expect } from 'chai';
import fc from 'fast-check';
import { decodeAck, decodeFrame, FrameType, type Patch, PatchOp } from '../../src/protocol';
import { bytes } from '../protocol/vectors';
import { useScriptedPage } from '../support/browserSuite';
import type { ScriptedPage } from '../support/scriptedPage';
import { helloFrame } from '../support/scriptedServer';
import { waitFor } from '../support/wait';

const HTML = '<main data-hid="h3"><button data-hid="h4" data-ve="click">go</button></main>';

/** The page notes the order in which patches reach it, and the measures of its timeline. */
const NOTE = `
  window.order = [];
  window.measured = [];
  document.addEventListener('order', ({ detail }) => order.push(detail));
  document.addEventListener('click', event => { window.clickedAt = event.timeStamp; }, true);
  new PerformanceObserver(list => {
    for (const { name, startTime, duration } of list.getEntries())
      measured.push({ name, startTime, duration });
  }).observe({ type: 'measure', buffered: true });`;

/** What happens next: the user clicks, or the server sends something. */
type Step = 'click' | 'answer' | 'push' | 'anonymous' | 'redraw';

describe('the answers to events in the browser', function () {
  this.timeout(60_000);
  let scripted: ScriptedPage;
  useScriptedPage(opened => {
    scripted = opened;
  }, NOTE);

  const note = (n: number): Patch => ({
    op: PatchOp.Dispatch,
    hid: 'h4',
    name: 'order',
    detail: String(n),
  });
  const acks = (): number[] =>
    scripted.server.received
      .map(frame => decodeFrame(bytes(frame)))
      .filter(({ type }) => type === FrameType.Ack)
      .map(({ payload }) => decodeAck(payload).lastSeq);

  it('change the page in the order of their frames, among pushes and redraws', async () => {
    const steps = fc.array(
      fc.constantFrom<Step>('click', 'click', 'answer', 'answer', 'push', 'anonymous', 'redraw'),
      { minLength: 1, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async story => {
        await scripted.load(HTML);
        const { server, page } = scripted;
        let clicks = 0;
        let answered = 0;
        let seq = 0;
        let sent = 0;
        const expectedAcks: number[] = [];
        for (const step of story) {
          if (step === 'click') {
            await page.evaluate(`document.querySelector('button').click()`);
            await scripted.events('Click', ++clicks);
            continue;
          }
          if (step === 'redraw') {
            server.redraw(HTML);
            seq = 0;
            continue;
          }
          // Events that change nothing are answered by the frame of a later one.
          if (step === 'answer') answered = Math.min(clicks, answered + 1 + (sent % 2));
          expectedAcks.push(++seq);
          if (step === 'anonymous') server.patch(seq, note(sent++));
          else server.answer(answered, seq, note(sent++));
        }
        await waitFor('all acks', () => acks().length === expectedAcks.length);
        expect(acks()).to.deep.equal(expectedAcks);
        expect(await scripted.is('order')).to.deep.equal(Array.from({ length: sent }, (_, i) => i));
        expect(scripted.errors).to.deep.equal([]);
      }),
      { numRuns: 25 },
    );
  });

  it('are measured from the timeStamp of their events', async () => {
    await scripted.load(HTML);
    const { page, server } = scripted;
    await page.click('button');
    await scripted.events('Click');
    const sentAt = await scripted.is<number>('performance.now()');
    await scripted.patch([note(0)], 0);
    expect(await scripted.is('measured')).to.deep.equal([]);
    server.answer(1, 2, note(1));
    await scripted.until('measured.length > 0');
    const [measure] = await scripted.is<Array<Record<string, number>>>('measured');
    expect(measure).to.deep.include({
      name: 'vango:Click',
      startTime: await scripted.is('clickedAt'),
    });
    const { startTime = 0, duration = 0 } = measure ?? {};
    expect(startTime + duration).to.be.within(sentAt, await scripted.is('performance.now()'));
    server.answer(1, 3, note(2));
    await scripted.until('order.length === 3');
    expect(await scripted.is('measured')).to.have.length(1);
  });

  it('leave one measure of each type in the timeline', async () => {
    await scripted.load(HTML);
    for (const count of [1, 2, 3]) {
      await scripted.page.click('button');
      await scripted.events('Click', count);
      scripted.server.answer(count, count, note(count));
      await scripted.until(`measured.length === ${count}`);
    }
    expect(await scripted.is('performance.getEntriesByName("vango:Click").length')).to.equal(1);
  });

  it('reload the page if they name an element that does not exist', async () => {
    await scripted.load(HTML);
    const { server } = scripted;
    await scripted.page.click('button');
    await scripted.events('Click');
    const hellos = server.hellos.length;
    server.answer(1, 1, { op: PatchOp.SetText, hid: 'h99', value: 'lost' });
    await waitFor('the reload', () => server.hellos.length > hellos);
    server.send(helloFrame());
    await scripted.until(`document.documentElement.classList.contains('vango-connected')`);
  });
});
