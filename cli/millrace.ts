#!/usr/bin/env node
// The `millrace` command. What it needs of the log, the streams and the connectors is loaded by the command that uses it, so that help
// and a mistyped option answer at once.

import { runProgram } from './program.js';

void runProgram(process.argv.slice(2)).then(code => {
  process.exitCode = code;
  // What was left behind, such as a connection to a server that does not answer, must not hold the process. All that was said is out by then.
  process.stdout.write('', () => process.exit());
});
