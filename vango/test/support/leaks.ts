import { createHook } from 'node:async_hooks';

/** Milliseconds that a process of tests may still run after its last test. */
const LIMIT = 10_000;

/** Where each timer, socket, server and child process was created, if LEAK_STACKS is set. */
const origins = new Map<number, { stack: string; resource: WeakRef<Holder> }>();

interface Holder {
  hasRef?(): boolean;
}

if (process.env.LEAK_STACKS) {
  createHook({
    init(id, type, _, resource) {
      if (!/^(Timeout|TCP|PIPE|PROCESS)/.test(type)) return;
      const { stack = '' } = new Error(type);
      origins.set(id, { stack, resource: new WeakRef(resource) });
    },
    destroy(id) {
      origins.delete(id);
    },
  }).enable();
}

/** A root hook of mocha: what holds the process after the last test is a leak, and fails. */
export const mochaHooks = {
  afterAll(): void {
    setTimeout(() => {
      const resources = process.getActiveResourcesInfo().join(', ');
      console.error(
        `Something holds the process ${LIMIT / 1000} s after the tests: ${resources}. ` +
          'Set LEAK_STACKS=1 to see where it was created.',
      );
      for (const { stack, resource } of origins.values())
        if (resource.deref()?.hasRef?.()) console.error(stack);
      // After the listener of mocha, which sets the code by the tests alone.
      process.once('exit', () => {
        process.exitCode = 1;
      });
      process.exit();
    }, LIMIT).unref();
  },
};
