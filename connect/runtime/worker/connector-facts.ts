import { shownConfig } from './config-text.js';
import { secretKeys } from './resolved-connector.js';
import type { StoredStatus } from './status-store.js';
import type * as answers from './worker-answers.js';
import { WorkerError } from './worker-error.js';
import type { WorkerParts } from './worker-parts.js';

/** What only a task that runs can tell. */
export interface LiveTask {
  /** Since it last made progress. */
  readonly restarts: number;
  readonly stalled: answers.StallInfo | undefined;
}

/** Connectors as they are shown: from what the worker's topics hold, without secrets. All throw WorkerError for what is not there. */
export class ConnectorFacts {
  readonly #parts: WorkerParts;
  readonly #live: (name: string, task: number, state: string) => LiveTask;

  constructor(parts: WorkerParts, live: (name: string, task: number, state: string) => LiveTask) {
    this.#parts = parts;
    this.#live = live;
  }

  info(name: string): answers.ConnectorInfo {
    const config = this.config(name);
    const tasks = this.#parts.configs.state.tasks(name).map((_, task) => ({ connector: name, task }));
    return { name, config, tasks, type: this.#typeOf(name) };
  }

  status(name: string): answers.ConnectorStateInfo {
    const { statuses } = this.#parts;
    const connector = statuses.connector(name);
    if (connector === undefined) throw new WorkerError('not-found', `No status found for connector ${name}`);
    const count = this.#parts.configs.state.tasks(name).length;
    const ids = statuses.tasksOf(name).filter(task => task < count);
    const tasks = ids.map(task => this.taskStatus(name, task));
    return { name, connector: stateInfo(connector), tasks, type: this.#typeOf(name) };
  }

  taskStatus(name: string, task: number): answers.TaskStateInfo {
    const status = this.#parts.statuses.task(name, task);
    if (status === undefined) throw new WorkerError('not-found', `No status found for task ${name}-${task}`);
    const { restarts, stalled } = this.#live(name, task, status.state);
    return {
      id: task,
      ...stateInfo(status),
      ...(restarts > 0 && { restarts }),
      ...(stalled !== undefined && { stalled }),
    };
  }

  config(name: string): answers.ConfigText {
    const config = this.storedConfig(name);
    return shownConfig(config, this.secretKeysOf(config));
  }

  tasks(name: string): readonly answers.TaskInfo[] {
    const keys = this.secretKeysOf(this.storedConfig(name));
    return this.#parts.configs.state
      .tasks(name)
      .map((config, task) => ({ id: { connector: name, task }, config: shownConfig(config, keys) }));
  }

  tasksConfig(name: string): Readonly<Record<string, answers.ConfigText>> {
    return Object.fromEntries(this.tasks(name).map(({ id, config }) => [`${name}-${id.task}`, config]));
  }

  /** As it is stored: secrets may stand in it. */
  storedConfig(name: string): answers.ConfigText {
    const config = this.#parts.configs.state.config(name);
    if (config === undefined) throw new WorkerError('not-found', `Connector ${name} not found`);
    return config;
  }

  #typeOf(name: string): answers.ConnectorInfo['type'] {
    const { configs, plugins } = this.#parts;
    return plugins.find(configs.state.config(name)?.['connector.class'] ?? '')?.kind ?? 'unknown';
  }

  /** The keys of a configuration whose values are never shown. */
  secretKeysOf(config: answers.ConfigText): ReadonlySet<string> {
    const plugin = this.#parts.plugins.find(config['connector.class'] ?? '');
    return secretKeys(plugin, config);
  }
}

function stateInfo({ state, worker_id, version, trace }: StoredStatus): answers.StateInfo {
  return { state, worker_id, version, ...(trace !== null && trace !== '' && { trace }) };
}
