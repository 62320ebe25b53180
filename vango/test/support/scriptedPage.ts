import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { waitFor } from '../../../test/support/wait';
import type { ClientEvent, Patch } from '../../src/protocol';
import { helloFrame, ScriptedServer } from './scriptedServer';

/** A page in Chromium whose server says what a test tells it to. */
export class ScriptedPage {
  /** What the page wrote to the console as errors, and threw. */
  readonly errors: string[] = [];
  private seq = 0;
  private cdp: CDPSession | undefined;

  private constructor(
    readonly page: Page,
    readonly server: ScriptedServer,
    private readonly context: BrowserContext,
    private readonly origin: string,
  ) {
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** @param setup a script that runs before those of each page */
  static async open(browser: Browser, setup = ''): Promise<ScriptedPage> {
    const server = new ScriptedServer();
    const context = await browser.newContext({ hasTouch: true });
    const scripted = new ScriptedPage(await context.newPage(), server, context, await server.listen());
    await scripted.page.addInitScript(setup);
    return scripted;
  }

  /** Loads a page with this body, and connects it. */
  async load(html: string): Promise<void> {
    const { server, page } = this;
    server.html = html;
    const hellos = server.hellos.length;
    await page.goto(this.origin);
    await waitFor('the hello', () => server.hellos.length > hellos);
    server.received.length = 0;
    this.errors.length = 0;
    this.seq = 0;
    server.send(helloFrame());
    await page.waitForSelector('html.vango-connected');
  }

  /** What an expression of the page is. */
  is<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  /** Waits until an expression of the page is true. */
  until(expression: string): Promise<unknown> {
    return this.page.waitForFunction(expression);
  }

  /**
   * Sends patches as the answer to the event `answered`, or to all, and waits until they are
   * applied.
   */
  async patch(patches: Patch[], answered?: number): Promise<void> {
    this.seq++;
    if (answered === undefined) this.server.patch(this.seq, ...patches);
    else this.server.answer(answered, this.seq, ...patches);
    const acked = (): number => this.server.received.filter(frame => frame.startsWith('04')).length;
    await waitFor('the ack', () => acked() === this.seq);
  }

  /** The events of a type, once there are `count` of them. */
  async events(type: ClientEvent['type'], count = 1): Promise<ClientEvent[]> {
    const found = (): ClientEvent[] => this.server.events.filter(event => event.type === type);
    await waitFor(`${count} ${type} events`, () => found().length >= count);
    return found();
  }

  /** Lets an input method compose, or confirm with `commit`, a text where the focus is. */
  async compose(text: string, commit = false): Promise<void> {
    this.cdp ??= await this.context.newCDPSession(this.page);
    if (commit) await this.cdp.send('Input.insertText', { text });
    else
      await this.cdp.send('Input.imeSetComposition', {
        ...{ text, selectionStart: text.length, selectionEnd: text.length },
      });
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.server.stop();
  }
}
