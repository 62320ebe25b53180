import { expect } from 'chai';
import { type App, type Ctx, createApp, type FormValues, h, signal } from '../../src';
import { decodeFrame, decodePatches, FrameType } from '../../src/protocol';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { type LoadedPage, loadPage, WireClient } from '../support/wireClient';

describe('frames', () => {
  let app: App;
  let page: LoadedPage;
  let client: WireClient;
  /** Of each frame the event it answers, and how many patches it has. */
  let frames: Array<[answered: number | undefined, patches: number]>;
  let later: () => void;

  beforeEach(async () => {
    app = createApp({ logger: silentLogger() });
    app.page('/', () => {
      const count = signal(0);
      const [fast, slow] = [signal(0), signal(0)];
      return h(
        'main',
        null,
        h(
          'button',
          {
            id: 'add',
            onClick: (ctx: Ctx) => {
              count.value++;
              later = () => ctx.dispatch(() => void fast.value++);
            },
          },
          `${count.value} ${fast.value} ${slow.value}`,
        ),
        h('button', { id: 'emit', onClick: (ctx: Ctx) => ctx.emit('hi', 1) }),
        h('form', { id: 'same', onSubmit: () => {} }),
        h('form', {
          id: 'change',
          onSubmit: async () => {
            await new Promise(resolve => setTimeout(resolve, 20));
            slow.value++;
          },
        }),
        h('form', {
          id: 'fail',
          onSubmit: () => {
            throw new Error('refused');
          },
        }),
        h('form', { id: 'leave', onSubmit: (_: FormValues, ctx: Ctx) => ctx.redirect('/there') }),
      );
    });
    app.page('/there', () => h('p', null, 'there'));
    const { port } = await app.listen(0, '127.0.0.1');
    page = await loadPage(`http://127.0.0.1:${port}`, '/');
    client = await WireClient.connect(page.socketUrl);
    frames = [];
    client.socket.on('message', data => {
      const { type, payload } = decodeFrame(new Uint8Array(data as Buffer));
      if (type !== FrameType.Patches) return;
      const { answered, patches } = decodePatches(payload);
      frames.push([answered, patches.length]);
    });
  });
  afterEach(() => app.close());

  const submit = (id: string): void => client.event('Submit', page.hid(id), [['a', '1']]);
  const seen = (count: number): Promise<boolean> =>
    waitFor(`${count} frames`, () => frames.length === count);

  it('name the event that they answer', async () => {
    await client.click(page.hid('add'));
    await client.click(page.hid('add'));
    later();
    await seen(3);
    expect(frames).to.deep.equal([
      [1, 1],
      [2, 1],
      [2, 1],
    ]);
  });

  it('answer each submit after it was handled, even if nothing changed', async () => {
    submit('same');
    await seen(1);
    submit('change');
    await seen(2);
    submit('same');
    await seen(3);
    expect(frames).to.deep.equal([
      [1, 0],
      [2, 1],
      [3, 0],
    ]);
  });

  it('answer a submit that navigates; a failed submit is answered by its error', async () => {
    submit('fail');
    await client.until(() => client.errors.length === 1);
    submit('leave');
    await seen(1);
    expect(frames[0]?.[0]).to.equal(2);
  });
});
