import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import type { ClientEvent, Patch } from '../../src/protocol';
import { helloFrame, ScriptedServer } from './scriptedServer';
import { waitFor } from './wait';

/** A page in Chromium with a scripted server. */
export class ScriptedPage {
  /** Errors that the page threw or wrote to the console. */
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

  /** @param setup - A script that runs in the page before those of each document. */
  static async open(browser: Browser, setup = ''): Promise<ScriptedPage> {
    const server = new ScriptedServer();
    const context = await browser.newContext({ hasTouch: true });
    const scripted = new ScriptedPage(
      await context.newPage(),
      server,
      context,
      await server.listen(),
    );
    await scripted.page.addInitScript(setup);
    return scripted;
  }

  /** Loads a page with a body, and accepts its hello. */
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

  /** Evaluates an expression in the page. */
  is<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  /** Waits until an expression of the page is true. */
  until(expression: string): Promise<unknown> {
    return this.page.waitForFunction(expression);
  }

  /**
   * Sends patches and waits until they are applied.
   *
   * @param answered - The event that they answer; all events if it is omitted.
   */
  async patch(patches: Patch[], answered?: number): Promise<void> {
    this.seq++;
    if (answered === undefined) this.server.patch(this.seq, ...patches);
    else this.server.answer(answered, this.seq, ...patches);
    const acked = (): number => this.server.received.filter(frame => frame.startsWith('04')).length;
    await waitFor('the ack', () => acked() === this.seq);
  }

  /** Waits for events of a type, and returns them. */
  async events(type: ClientEvent['type'], count = 1): Promise<ClientEvent[]> {
    const found = (): ClientEvent[] => this.server.events.filter(event => event.type === type);
    await waitFor(`${count} ${type} events`, () => found().length >= count);
    return found();
  }

  /** Composes a text in the focused element, as an input method does; `commit` confirms it. */
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
