import type { StatusStore } from './status-store.js';
import type { RestartOptions } from './worker.js';
import type { ConnectorStateInfo, StateInfo } from './worker-answers.js';

/** The status of a connector in which what will be restarted reads RESTARTING. */
export function restartPlan(
  status: ConnectorStateInfo,
  { includeTasks, onlyFailed }: RestartOptions,
): ConnectorStateInfo {
  const isMeant = (state: string) => !onlyFailed || state === 'FAILED';
  const connector = isMeant(status.connector.state) ? restarting(status.connector) : status.connector;
  const tasks = status.tasks.map(task => (includeTasks && isMeant(task.state) ? restarting(task) : task));
  return { ...status, connector, tasks };
}

/** Tells at once which tasks are being restarted. */
export function tellRestart(statuses: StatusStore, { name, tasks }: ConnectorStateInfo): void {
  for (const { id, state } of tasks) {
    const known = statuses.task(name, id);
    if (state === 'RESTARTING' && known !== undefined) statuses.putTask(name, id, { ...known, state, trace: null });
  }
}

function restarting<S extends StateInfo>({ trace: _, ...status }: S): S {
  return { ...status, state: 'RESTARTING' } as S;
}
