import { type Log, openLog, type Ports, UsageError } from '../../core/index.js';
import type { StateDirectory } from './state-directory.js';

/** Of what was delivered, whole segments go: they are small, and go soon. */
export const segmentBytes = 4 * 1024 * 1024;
const retentionCheckIntervalMs = 5_000;

const closeMs = 1_000;
const leftBehind = new WeakSet<Log>();

interface Logged {
  readonly name: string;
  readonly state: StateDirectory;
  readonly ports: Ports | undefined;
}

/** Does something with the log in which a pipeline keeps what was read and is not yet written. Rejects while another process has it. */
export async function withPipelineLog<T>(logged: Logged, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await open(logged);
  try {
    return await work(log);
  } finally {
    await close(log);
  }
}

/** Something has not ended in time and still holds a part of the log: its close is not waited for long. What is lost is what a kill would lose: nothing. */
export function leaveBehind(log: Log): void {
  leftBehind.add(log);
}

async function open({ name, state, ports }: Logged): Promise<Log> {
  try {
    return await openLog(state.logUrl, {
      broker: { retentionCheckIntervalMs },
      ...(ports !== undefined && { ports }),
    });
  } catch (error) {
    const who = /is held by (.*): stop that/.exec(error instanceof UsageError ? error.message : '')?.[1];
    if (who === undefined) throw error;
    throw new UsageError(
      `${name} is running already: ${state.path} is held by ${who}. Stop that process, or give another pipeline a name of its own`,
      { cause: error },
    );
  }
}

async function close(log: Log): Promise<void> {
  const closed = log.close();
  if (!leftBehind.has(log)) return await closed;
  closed.catch(() => undefined);
  await Promise.race([closed, log.ports.clock.sleep(closeMs)]);
}
