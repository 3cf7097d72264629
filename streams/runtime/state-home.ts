// Where the stores of an app lie: a directory of its own, held by one process at a time, or nowhere, and then all stores are in memory and
// are restored from their changelogs.

import type { DirectoryLock, Log } from '../../core/index.js';
import { openLmdbStateDatabase } from '../state/lmdb-state-database.js';
import type { StateDatabase } from '../state/state-database.js';
import type { TopologyPlan } from '../topology/plan.js';

export class StateHome {
  /** Undefined when the stores are in memory. */
  readonly database: StateDatabase | undefined;
  readonly #lock: DirectoryLock | undefined;

  constructor(database?: StateDatabase, lock?: DirectoryLock) {
    this.database = database;
    this.#lock = lock;
  }

  async close(): Promise<void> {
    await this.database?.close();
    await this.#lock?.release();
  }
}

export async function openStateHome(
  log: Log,
  plan: TopologyPlan,
  applicationId: string,
  stateDirectory: string | undefined,
): Promise<StateHome> {
  const directory = stateDirectory ?? directoryBeside(log.url, applicationId);
  if (directory === undefined || !plan.stores.some(store => store.backing === 'disk')) return new StateHome();
  log.ports.disk.makeDirectory(directory);
  const lock = await log.ports.disk.lockDirectory(directory);
  try {
    const database = await openLmdbStateDatabase(`${directory}/stores`);
    if (database !== undefined) return new StateHome(database, lock);
    await lock.release();
    return new StateHome();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function directoryBeside(url: string, applicationId: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = url.slice('file:'.length);
  return `${path.startsWith('///') ? path.slice(2) : path}/streams-state/${applicationId}`;
}
