// Where an instance of an app keeps what it remembers: a directory of its own, held by one running app at a time. The first instance has the
// application's directory itself, others that run beside it have `instance-2`, `instance-3` in it: each takes the first that is free, and so
// finds after a restart what one of them has left. Without a directory all stores are in memory and are restored from their changelogs.

import { type DirectoryLock, type Disk, type Log, UsageError } from '../../core/index.js';
import { DiskStateDatabase } from '../state/disk-state-database.js';
import { openLmdbStateDatabase } from '../state/lmdb-state-database.js';
import type { StateDatabase } from '../state/state-database.js';
import type { TopologyPlan } from '../topology/plan.js';

export interface StateHome {
  readonly directory: string | undefined;
  /** Undefined when all stores are in memory: no directory, no store that wants the disk, or no lmdb for this machine. */
  readonly database: StateDatabase | undefined;
  /** Names the instance. Kept in the directory: the instance that comes back has the name of the one that died, and can fence it. */
  readonly instanceId: string;
  close(): Promise<void>;
}

const instancesMax = 64;
const idFile = 'instance.json';

/** Throws UsageError when all directories are held, or when lmdb is needed and not installed. */
export async function openStateHome(
  log: Log,
  plan: TopologyPlan,
  applicationId: string,
  stateDirectory: string | undefined,
): Promise<StateHome> {
  const { disk } = log.ports;
  const base = stateDirectory ?? directoryBeside(log.url, applicationId);
  if (base === undefined) {
    return { directory: undefined, database: undefined, instanceId: newInstanceId(log), close: async () => {} };
  }
  const { directory, lock } = await takeFree(disk, base);
  try {
    const isNeeded = plan.stores.some(store => store.backing === 'disk');
    const database = isNeeded ? await openDatabase(log, `${directory}/stores`) : undefined;
    const instanceId = keptInstanceId(log, directory);
    return { directory, database, instanceId, close: () => close(database, lock) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** lmdb opens its files by itself; on a disk of memory, or a simulated one, there are none to open. */
function openDatabase(log: Log, path: string): Promise<StateDatabase | undefined> | StateDatabase {
  return log.ports.disk.isNative === true ? openLmdbStateDatabase(path) : new DiskStateDatabase(log.ports.disk, path);
}

async function takeFree(disk: Disk, base: string): Promise<{ directory: string; lock: DirectoryLock }> {
  let refusal: UsageError | undefined;
  for (let number = 1; ; number++) {
    const directory = number === 1 ? base : `${base}/instance-${number}`;
    try {
      disk.makeDirectory(directory);
      return { directory, lock: await disk.lockDirectory(directory) };
    } catch (error) {
      // Held by another instance. Should that not be the reason, the first refusal says what is.
      if (!(error instanceof UsageError) || number === instancesMax) throw refusal ?? error;
      refusal ??= error;
    }
  }
}

function keptInstanceId(log: Log, directory: string): string {
  const { disk } = log.ports;
  const path = `${directory}/${idFile}`;
  if (disk.exists(path)) {
    return (JSON.parse(Buffer.from(disk.readFile(path)).toString()) as { instanceId: string }).instanceId;
  }
  const instanceId = newInstanceId(log);
  disk.replaceFile(path, Buffer.from(JSON.stringify({ instanceId })));
  return instanceId;
}

function newInstanceId(log: Log): string {
  return Buffer.from(log.ports.random.bytes(8)).toString('hex');
}

async function close(database: StateDatabase | undefined, lock: DirectoryLock): Promise<void> {
  await database?.close();
  await lock.release();
}

function directoryBeside(url: string, applicationId: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = url.slice('file:'.length);
  return `${path.startsWith('///') ? path.slice(2) : path}/streams-state/${applicationId}`;
}
