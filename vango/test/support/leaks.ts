/** Milliseconds that a process of tests may still run after its last test. */
const LIMIT = 10_000;

/** A root hook of mocha: what holds the process after the last test is a leak, and fails. */
export const mochaHooks = {
  afterAll(): void {
    setTimeout(() => {
      const resources = process.getActiveResourcesInfo().join(', ');
      console.error(`Something holds the process ${LIMIT / 1000} s after the tests: ${resources}`);
      // After the listener of mocha, which sets the code by the tests alone.
      process.once('exit', () => {
        process.exitCode = 1;
      });
      process.exit();
    }, LIMIT).unref();
  },
};
