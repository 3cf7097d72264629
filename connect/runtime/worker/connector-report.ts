import type { ConnectorState, TaskStatus } from '../connector-handle.js';
import type { ResolvedConnector } from './resolved-connector.js';
import type { WorkerParts } from './worker-parts.js';

/** What a worker writes to the status topic of a connector: how it and its tasks are, and which topics they have used. */
export class ConnectorReport {
  readonly #parts: WorkerParts;
  readonly #name: string;

  constructor(parts: WorkerParts, name: string) {
    this.#parts = parts;
    this.#name = name;
  }

  connector(state: ConnectorState, error?: Error): void {
    const { statuses, plugins, workerId, generation, configs } = this.#parts;
    const version = plugins.find(configs.state.config(this.#name)?.['connector.class'] ?? '')?.version ?? null;
    const trace = error === undefined ? null : (error.stack ?? error.message);
    statuses.putConnector(this.#name, { state, trace, worker_id: workerId, generation, version });
  }

  /** `hasRun`: of a task that failed before it ever ran, it is not known what would have run. */
  task({ id, state, trace }: TaskStatus, { plugin, secrets }: ResolvedConnector, hasRun: boolean): void {
    const { statuses, workerId, generation } = this.#parts;
    const isTroubled = state === 'FAILED' || state === 'RESTARTING';
    const shown = isTroubled && trace !== undefined ? secrets.hidden(trace) : null;
    const version = state === 'FAILED' && !hasRun ? null : plugin.version;
    statuses.putTask(this.#name, id, { state, trace: shown, worker_id: workerId, generation, version });
  }

  unassigned(task: number): void {
    const { statuses, workerId, generation } = this.#parts;
    const facts = { trace: null, worker_id: workerId, generation, version: null };
    statuses.putTask(this.#name, task, { state: 'UNASSIGNED', ...facts });
  }

  usesTopic(topic: string, task: number): void {
    const { statuses, settings } = this.#parts;
    if (settings['topic.tracking.enable'] && statuses.isNewTopic(this.#name, topic)) {
      statuses.putTopic(this.#name, task, topic);
    }
  }
}
