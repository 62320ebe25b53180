/** Writes a line about telemetry for whoever runs the process. */
export function say(line: string): void {
  process.stderr.write(`[vango] telemetry ${line}\n`);
}
