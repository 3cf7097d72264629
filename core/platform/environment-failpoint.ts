// Where a crash test kills the process: MILLRACE_FAILPOINT=name:n dies by SIGKILL at the n-th hit of that failpoint (n is 1
// when left out). MILLRACE_FAILPOINT_LOG=file gets the name appended just before, so that the test can count what it saw.

import { appendFileSync } from 'node:fs';
import { UsageError } from '../base/errors.js';
import type { Failpoint } from '../ports/ports.js';

/** The failpoint the environment asks for; an empty function where it asks for none. */
export function environmentFailpoint(environment: NodeJS.ProcessEnv = process.env): Failpoint {
  const wanted = environment['MILLRACE_FAILPOINT'];
  if (wanted === undefined || wanted === '') return () => undefined;
  const [, wantedName, count] = /^(.+?)(?::(\d+))?$/.exec(wanted) ?? [];
  let hitsLeft = Number(count ?? 1);
  if (wantedName === undefined || hitsLeft < 1) {
    throw new UsageError(`MILLRACE_FAILPOINT="${wanted}": write name:n, where n counts from 1`);
  }
  return name => {
    if (name !== wantedName || --hitsLeft > 0) return;
    const log = environment['MILLRACE_FAILPOINT_LOG'];
    if (log !== undefined && log !== '') appendFileSync(log, `${name}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
}
