/**
 * Keeps standard error from the output of each test of a suite.
 *
 * @returns What the current test wrote, line by line.
 */
export function useStderr(): readonly string[] {
  const said: string[] = [];
  const { write } = process.stderr;
  beforeEach(() => {
    said.length = 0;
    process.stderr.write = (line: string | Uint8Array) => {
      said.push(String(line).trimEnd());
      return true;
    };
  });
  afterEach(() => {
    process.stderr.write = write;
  });
  return said;
}
