// Where an app keeps what it remembers: a directory of its own, held by one process at a time. Without one all stores are in memory
// and are restored from their changelogs.

import type { DirectoryLock, Log } from '../../core/index.js';
import { DiskStateDatabase } from '../state/disk-state-database.js';
import { openLmdbStateDatabase } from '../state/lmdb-state-database.js';
import type { StateDatabase } from '../state/state-database.js';
import type { TopologyPlan } from '../topology/plan.js';

export interface StateHome {
  readonly directory: string | undefined;
  /** Undefined when all stores are in memory: no directory, no store that wants the disk, or no lmdb for this machine. */
  readonly database: StateDatabase | undefined;
  close(): Promise<void>;
}

/** Throws UsageError when another process holds the directory, or when lmdb is needed and not installed. */
export async function openStateHome(
  log: Log,
  plan: TopologyPlan,
  applicationId: string,
  stateDirectory: string | undefined,
): Promise<StateHome> {
  const directory = stateDirectory ?? directoryBeside(log.url, applicationId);
  if (directory === undefined) return { directory, database: undefined, close: async () => {} };
  log.ports.disk.makeDirectory(directory);
  const lock = await log.ports.disk.lockDirectory(directory);
  try {
    const isNeeded = plan.stores.some(store => store.backing === 'disk');
    const database = isNeeded ? await openDatabase(log, `${directory}/stores`) : undefined;
    return { directory, database, close: () => close(database, lock) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** lmdb opens its files by itself; on a disk of memory, or a simulated one, there are none to open. */
function openDatabase(log: Log, path: string): Promise<StateDatabase | undefined> | StateDatabase {
  return log.ports.disk.isNative === true ? openLmdbStateDatabase(path) : new DiskStateDatabase(log.ports.disk, path);
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
