import { expect } from 'chai';
import {
  type App,
  action,
  batch,
  type Child,
  type Component,
  type Ctx,
  computed,
  createApp,
  effect,
  h,
  type PageProps,
  persisted,
  resource,
  Session,
  shared,
  signal,
  untracked,
} from '../../src';
import { silentLogger } from '../support/logger';
import { waitFor } from '../support/wait';
import { loadPage, WireClient } from '../support/wireClient';

const cart = persisted(0, { key: 'render-causes-cart' });
const theme = shared(() => signal('light'));
const visitors = signal(0);

/** A button with a handler, beside what the page shows. */
const page = (onClick: (ctx: Ctx) => void, ...shown: Child[]): Child =>
  h('main', null, h('button', { id: 'it', onClick }), h('p', null, ...shown));

const numbers = (count: number) => Array.from({ length: count }, (_, index) => signal(index));
const Row = ({ name }: { name: string }) => h('i', null, name);
const Lamp = () => {
  const on = signal(false);
  return h('button', { id: 'it', onClick: () => on.update(lit => !lit) }, on.value ? 'on' : 'off');
};

/** Pages, and the causes that a click on each names, also in the work that follows. */
const CASES: ReadonlyArray<[what: string, output: () => Child, ...causes: string[][]]> = [
  [
    'the signal of a component',
    () => {
      const count = signal(0);
      return page(() => count.update(n => n + 1), count.value);
    },
    ['signal of Page'],
  ],
  [
    'one signal of two',
    () => {
      const [a, b] = [signal(0), signal(0)];
      return page(() => b.update(n => n + 1), a.value, b.value);
    },
    ['signal 2 of Page'],
  ],
  [
    'two signals, in the order of the render',
    () => {
      const [a, b] = [signal(0), signal(0)];
      const both = (): void => {
        b.value++;
        a.value++;
      };
      return page(both, a.value, b.value);
    },
    ['signal 1 of Page', 'signal 2 of Page'],
  ],
  [
    'two signals, written in a batch of three',
    () => {
      const [a, b, c] = [signal(0), signal(0), signal(0)];
      const all = (): void => batch(() => [a, b, c].forEach(each => void each.value++));
      return page(all, b.value, c.value);
    },
    ['signal 2 of Page', 'signal 3 of Page'],
  ],
  [
    'a signal as a child',
    () => {
      const count = signal(0);
      return page(() => count.update(n => n + 1), count);
    },
    ['signal of Page'],
  ],
  [
    'a persisted value',
    () => page(() => cart().update(n => n + 1), cart().value),
    ['persisted render-causes-cart'],
  ],
  [
    'a shared value',
    () => page(() => theme().update(name => `${name}er`), theme().value),
    ['signal of a shared value'],
  ],
  [
    'a signal of the process',
    () => page(() => visitors.update(n => n + 1), visitors.value),
    ['process-wide signal'],
  ],
  [
    'a resource, and its result',
    () => {
      const stock = resource(async () => ({}), { name: 'stock', staleTime: 1e6 });
      return page(() => stock.refetch(), stock.state);
    },
    ['resource stock'],
    ['resource stock'],
  ],
  [
    'an action, and its result with what that writes',
    () => {
      const placed = signal(0);
      const order = action(async (_: void) => 1, {
        name: 'order',
        onSuccess: () => placed.update(n => n + 1),
      });
      return page(() => void order.run(), order.state, placed.value);
    },
    ['action order'],
    ['action order', 'signal of Page'],
  ],
  [
    'a signal below a computed value',
    () => {
      const [a, b] = [signal(0), signal(0)];
      const sum = computed(() => a.value + b.value);
      return page(() => b.update(n => n + 1), sum.value);
    },
    ['signal 2 of Page'],
  ],
  [
    'a signal below two computed values, in a batch with another',
    () => {
      const [a, b] = [signal(1), signal(1)];
      const double = computed(() => a.value * 2);
      const text = computed(() => `${double.value} of ${a.value}`);
      return page(() => batch(() => [a, b].forEach(each => void each.value++)), text.value);
    },
    ['signal 1 of Page'],
  ],
  [
    'nothing, where an equal value was written',
    () => {
      const count = signal(0);
      return page(() => count.update(n => n), count.value);
    },
    [],
  ],
  [
    'nothing, where nobody reads the signal',
    () => {
      const count = signal(0);
      return page(() => count.update(n => n + 1));
    },
    [],
  ],
  [
    'a signal, and not those that are read without a subscription',
    () => {
      const [a, b, c] = [signal(0), signal(0), signal(0)];
      const all = (): void => [a, b, c].forEach(each => void each.value++);
      return page(
        all,
        a.value,
        b.peek(),
        untracked(() => c.value),
      );
    },
    ['signal 1 of Page'],
  ],
  [
    'the signal of a parent, for a child with other props',
    () => {
      const name = signal('a');
      return page(() => name.update(text => `${text}b`), h(Row, { name: name.value }));
    },
    ['signal of Page'],
  ],
  [
    'the signal of a child, for the child alone',
    () => h('main', null, h(Lamp, null)),
    ['signal of Lamp'],
  ],
  [
    'a signal that is read anew, with the one that shows it',
    () => {
      const [isOpen, text] = [signal(false), signal('')];
      const open = (): void => {
        text.value = 'hello';
        isOpen.value = true;
      };
      return page(open, isOpen.value ? text.value : '');
    },
    ['signal 1 of Page', 'signal 2 of Page'],
  ],
  [
    'five of seven signals',
    () => {
      const all = numbers(7);
      return page(() => all.forEach(each => void each.value++), ...all.map(each => each.value));
    },
    [1, 2, 3, 4, 5].map(number => `signal ${number} of Page`),
  ],
  ['a parameter', () => page(ctx => ctx.navigate('/b')), ['parameter id']],
  ['a query', () => page(ctx => ctx.navigate('?page=2&size=5')), ['query page', 'query size']],
  ['another route', () => page(ctx => ctx.navigate('/other/page')), ['route']],
  [
    'another route, with what the layout shows of the handler',
    () =>
      page(ctx => {
        cart().update(n => n + 1);
        ctx.navigate('/other/page');
      }),
    ['route', 'persisted render-causes-cart'],
  ],
];

/** A layout shows what outlives a navigation. */
const Layout: Component = ({ children }) => h('div', null, h('b', null, cart().value), children);

describe('the causes of renders', () => {
  const { dispatchEvent, dispatchWork } = Session.prototype;
  let app: App;
  let seen: string[][];

  beforeEach(() => {
    seen = [];
    app = createApp({ logger: silentLogger() });
    const asking = (original: typeof dispatchEvent): typeof dispatchEvent =>
      function (this: Session, unit) {
        unit.renderCauses = [];
        seen.push(unit.renderCauses);
        return original.call(this, unit);
      };
    Session.prototype.dispatchEvent = asking(dispatchEvent);
    Session.prototype.dispatchWork = asking(dispatchWork);
  });
  afterEach(async () => {
    Object.assign(Session.prototype, { dispatchEvent, dispatchWork });
    await app.close();
  });

  async function open(
    content: Component<PageProps<'/:id'>>,
    layout?: Component,
  ): Promise<() => void> {
    if (layout !== undefined) app.layout('/', layout as never);
    app.page('/:id', content);
    app.page('/other/page', () => 'another page');
    const { port } = await app.listen(0, '127.0.0.1');
    const loaded = await loadPage(`http://127.0.0.1:${port}`, '/a');
    const client = await WireClient.connect(loaded.socketUrl);
    if (loaded.html.includes('pending'))
      await client.until(() =>
        client.patches.some(patch => 'value' in patch && patch.value === 'ready'),
      );
    return () => client.event('Click', loaded.hid('it'));
  }

  for (const [what, output, ...causes] of CASES) {
    it(`are ${what}`, async () => {
      const isOfLayout = causes[0]?.includes('route') === true;
      const click = await open(
        function Page() {
          return output();
        },
        isOfLayout ? Layout : undefined,
      );
      seen.length = 0;
      click();
      await waitFor('all units', () => seen.length === causes.length);
      expect(seen).to.deep.equal(causes);
    });
  }

  it('are not collected unless an observer asks for them', async () => {
    const units: Array<string[] | undefined> = [];
    Session.prototype.dispatchEvent = function (this: Session, unit) {
      const result = dispatchEvent.call(this, unit);
      units.push(unit.renderCauses);
      return result;
    };
    const click = await open(() => {
      const count = signal(0);
      effect(() => void count.value);
      return page(() => count.update(n => n + 1), count.value);
    });
    click();
    await waitFor('the event', () => units.length === 1);
    expect(units).to.deep.equal([undefined]);
  });
});
