import { expect } from 'chai';
import {
  type App,
  type Child,
  type Component,
  type Ctx,
  createApp,
  debounce,
  type EventHandler,
  type HandlerNames,
  h,
  NotAuthorizedError,
  preventDefault,
  stopPropagation,
} from '../../src';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

const ID = { id: 'it' };

function save(): void {}
const Button = ({ onPress }: { onPress: EventHandler }) => h('button', { ...ID, onClick: onPress });
const Card: Component = ({ children }) => h('div', null, children);
const unnamed: Component = (
  () => () =>
    h('button', { ...ID, onClick: () => {} })
)();
const MADE_ONCE = h('button', { ...ID, onClick: () => {} });
const [inList] = [() => {}].map(handler => handler);

/** Outputs of a page, and its handler as a reader of its source would name it. */
const CASES: ReadonlyArray<
  [what: string, output: () => Child, component: string, name: string, event?: 'DblClick' | 'Input']
> = [
  ['a function', () => h('button', { ...ID, onClick: save }), 'Page', 'save'],
  ['a function in place', () => h('button', { ...ID, onClick: () => {} }), 'Page', 'Page.onClick'],
  [
    'a function from a list',
    () => h('button', { ...ID, onClick: inList as EventHandler }),
    'Page',
    'Page.onClick',
  ],
  [
    'a function in place, of another event',
    () => h('button', { ...ID, onDoubleClick: () => {} }),
    'Page',
    'Page.onDoubleClick',
    'DblClick',
  ],
  ['a bound function', () => h('button', { ...ID, onClick: save.bind(null) }), 'Page', 'save'],
  [
    'a function with modifiers',
    () => h('button', { ...ID, onClick: preventDefault(stopPropagation(save)) }),
    'Page',
    'save',
  ],
  [
    'a function in place, with a modifier',
    () => h('input', { ...ID, value: '', onInput: debounce(1, () => {}) }),
    'Page',
    'Page.onInput',
    'Input',
  ],
  ["a function of a component's prop", () => h(Button, { onPress: save }), 'Button', 'save'],
  [
    'a child of another component',
    () => h(Card, null, h('button', { ...ID, onClick: () => {} })),
    'Page',
    'Page.onClick',
  ],
  ['an element made outside of components', () => MADE_ONCE, 'Page', 'Page.onClick'],
  ['a component without a name', () => h(unnamed, null), 'Component', 'Component.onClick'],
];

describe('the names of a handler', () => {
  let app: App;
  let seen: Array<HandlerNames | undefined>;
  beforeEach(() => {
    seen = [];
    app = createApp({ logger: silentLogger() });
  });
  afterEach(() => app.close());

  async function fire(page: Component, event: 'Click' | 'DblClick' | 'Input'): Promise<void> {
    app.page('/', page);
    const { port } = await app.listen(0, '127.0.0.1');
    const loaded = await loadPage(`http://127.0.0.1:${port}`, '/');
    const client = await WireClient.connect(loaded.socketUrl);
    const data = event === 'Input' ? 'x' : undefined;
    client.event(event, loaded.hid('it'), data as Parameters<typeof client.event>[2]);
    await waitFor('the event', () => seen.length > 0);
  }
  const afterwards = async (ctx: Ctx, next: () => unknown): Promise<void> => {
    try {
      await next();
    } finally {
      if (ctx.event !== undefined) seen.push(ctx.handler);
    }
  };

  for (const [what, output, component, name, event = 'Click'] of CASES) {
    it(`are ${component} and ${name} for ${what}`, async () => {
      app.use(afterwards);
      await fire(function Page() {
        return output();
      }, event);
      expect(seen).to.deep.equal([{ component, name }]);
    });
  }

  it('are undefined when middleware kept the event back', async () => {
    app.use(afterwards);
    app.use((ctx, next) => {
      if (ctx.event !== undefined) throw new NotAuthorizedError();
      return next();
    });
    await fire(() => h('button', { ...ID, onClick: save }), 'Click');
    expect(seen).to.deep.equal([undefined]);
  });
});
