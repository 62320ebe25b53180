import { expect } from 'chai';
import { type ClientEvent, encodeEvent, encodeFrame, FrameType } from '../../vango/src/protocol';
import { Attacker } from '../../vango/test/support/attacker';
import { CounterServer } from '../../vango/test/support/counterServer';
import { type Load, quantile } from '../../vango/test/support/load';
import { message } from '../../vango/test/support/rawWebSocket';
import type { LoadedPage } from '../../vango/test/support/wireClient';
import { useLoad } from '../support/suites';

/** The 99th percentile varies by half with what else the machine does; the median varies little. */
const ROUNDS = 15;
const SECONDS = 2;
const EVENTS_PER_SECOND = 1000;

describe('200 sessions beside another that sends 10,000 events at once', function () {
  this.timeout(180_000);
  let page: LoadedPage;
  let load: Load;

  useLoad(
    () => CounterServer.start(),
    200,
    async (...opened) => {
      [load, page] = opened;
      await load.run(clicks, EVENTS_PER_SECOND, SECONDS);
    },
  );

  const clicks = () => ({ type: 'Click' as const, hid: page.hid('add') });
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[values.length >> 1] as number;

  for (const [kind, target] of [
    ['that nobody handles', () => 'h999'],
    ['that are answered with patches', () => page.hid('add')],
    ['that wait for each other', () => page.hid('slow')],
  ] as const) {
    it(`have at most twice their 99th percentile, with events ${kind}`, async () => {
      const hid = target();
      const burst = Buffer.concat(
        Array.from({ length: 10_000 }, (_, i) => {
          const event = { seq: i + 1, type: 'Click', hid, data: undefined } as ClientEvent;
          return message(encodeFrame(FrameType.Event, encodeEvent(event)));
        }),
      );
      const quiet: number[] = [];
      const attacked: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        quiet.push(quantile(await load.run(clicks, EVENTS_PER_SECOND, SECONDS), 0.99));
        const attacker = await Attacker.greet(page.socketUrl);
        const running = load.run(clicks, EVENTS_PER_SECOND, SECONDS);
        attacker.socket.write(burst);
        attacked.push(quantile(await running, 0.99));
        attacker.close();
      }
      const ratio = middle(attacked) / middle(quiet);
      expect(ratio, `quiet ${quiet}, attacked ${attacked}`).to.be.at.most(2);
    });
  }
});
