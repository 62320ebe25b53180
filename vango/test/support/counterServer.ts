import { join } from 'node:path';
import { Child } from './child';

/** The counter fixture in its own process, so that measurements include nothing else. */
export class CounterServer {
  private constructor(
    private readonly child: Child,
    readonly origin: string,
  ) {}

  static async start(): Promise<CounterServer> {
    const child = new Child(process.execPath, [
      '--expose-gc',
      join(__dirname, '../fixtures/counter.cjs'),
    ]);
    const [, port] = await child.until(/open at (\d+)/);
    return new CounterServer(child, `http://127.0.0.1:${port}`);
  }

  /** The heap in bytes after a garbage collection, and the sessions by state. */
  async usage(): Promise<{ heap: number; active: number; detached: number }> {
    this.child.output = '';
    this.child.signal('SIGUSR2');
    const [, heap, active, detached] = await this.child.until(
      /heap (\d+) active (\d+) detached (\d+) end/,
    );
    return { heap: Number(heap), active: Number(active), detached: Number(detached) };
  }

  /** The output of the process since the last call of `usage()`. */
  get output(): string {
    return this.child.output;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
