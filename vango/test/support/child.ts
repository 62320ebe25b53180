import { type ChildProcess, spawn } from 'node:child_process';
import { waitFor } from './wait';

/** A process under test. */
export class Child {
  output = '';
  private readonly process: ChildProcess;
  private ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ) {
    const { cwd, env } = options;
    this.process = spawn(command, args, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that its child processes end with it.
      detached: true,
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', data => {
        this.output += data;
      });
    }
    this.process.on('exit', (code, signal) => {
      this.ended = { code, signal };
    });
    children.add(this);
  }

  /** Waits until the output matches a pattern, and returns the match. */
  async until(pattern: RegExp, limit?: number): Promise<RegExpExecArray> {
    return waitFor(
      `${pattern} in the output`,
      () => {
        const found = pattern.exec(this.output);
        if (found === null && this.ended !== undefined)
          throw new Error(`ended before ${pattern}:\n${this.output}`);
        return found;
      },
      limit,
    ).catch(error => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.kill(name);
  }

  private kill(name: NodeJS.Signals): void {
    try {
      process.kill(-(this.process.pid as number), name);
    } catch {
      // All processes of the group have ended.
    }
  }

  /** Waits until the process ends. */
  exit(limit?: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return waitFor('the end of the process', () => this.ended, limit);
  }

  async stop(): Promise<void> {
    this.kill('SIGKILL');
    await this.exit();
    children.delete(this);
  }
}

const children = new Set<Child>();

/** Stops all processes that are still running. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...children].map(child => child.stop()));
}

/** The environment without variables that would configure the process under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|NODE_OPTIONS$|npm_)/.test(name)),
  );
}
