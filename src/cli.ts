#!/usr/bin/env node
import { monitoringCommand } from './monitoring/command';

const [command, ...args] = process.argv.slice(2);
if (command === 'monitoring') process.exitCode = monitoringCommand(args, console);
else {
  const given = command === undefined ? 'no command is given' : `there is no command ${command}`;
  console.error(`${given}; use: npx @vango/opentelemetry monitoring --help`);
  process.exitCode = 1;
}
