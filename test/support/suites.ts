import { type Child, stopChildren } from '../../vango/test/support/child';
import { Load } from '../../vango/test/support/load';
import { type LoadedPage, loadPage, WireClient } from '../../vango/test/support/wireClient';
import { OtlpReceiver } from './otlpReceiver';
import { type Installation, install, type Platform } from './packages';

/** Preloads the telemetry of a process. */
export const REGISTER = ['--require', '@vango/opentelemetry/register'];

/**
 * Installs both packages before the tests of a suite, and stops the processes of each test.
 *
 * @param platform - The versions to install.
 * @param receive - Takes the installation.
 */
export function useInstallation(
  platform: Platform,
  receive: (installation: Installation) => void,
): void {
  before(function () {
    this.timeout(240_000);
    receive(install(platform));
  });
  afterEach(stopChildren);
}

/**
 * Starts an OTLP receiver for each test of a suite. Call it after `useInstallation()`, so that
 * processes end before the receiver that they export to.
 *
 * @param receive - Takes the receiver before each test.
 */
export function useReceiver(receive: (receiver: OtlpReceiver) => void): void {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
    receive(receiver);
  });
  afterEach(() => receiver.stop());
}

/** A page of a process, and a client that is connected to it. */
export interface Visit {
  readonly origin: string;
  readonly page: LoadedPage;
  readonly client: WireClient;
}

/**
 * Visits a page of a process as soon as the process listens.
 *
 * @param child - A process that prints the origin it listens on.
 * @param path - The path of the page.
 */
export async function visit(child: Child, path = '/items/42'): Promise<Visit> {
  const [, origin = ''] = await child.until(/listening on (\S+)/, 60_000);
  const page = await loadPage(origin, path);
  return { origin, page, client: await WireClient.connect(page.socketUrl) };
}

/** A server that a suite starts. */
export interface StartedServer {
  readonly origin: string;
  stop(): Promise<unknown>;
}

/**
 * Starts a server and opens sessions of its front page before the tests of a suite.
 *
 * @param start - Starts the server.
 * @param sessions - The number of sessions.
 * @param receive - Takes the sessions and their page.
 */
export function useLoad(
  start: () => Promise<StartedServer>,
  sessions: number,
  receive: (load: Load, page: LoadedPage) => void | Promise<void>,
): void {
  let server: StartedServer | undefined;
  let load: Load | undefined;
  before(async () => {
    server = await start();
    const page = await loadPage(server.origin, '/');
    load = await Load.open(page.socketUrl, sessions);
    await receive(load, page);
  });
  after(async () => {
    load?.close();
    await server?.stop();
  });
}
