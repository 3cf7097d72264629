// What the config topic says, record by record, by the rules of Kafka Connect's KafkaConfigBackingStore. Task configurations count only with the commit
// record behind them. After compaction a commit may stand there without all of its tasks: then the connector is inconsistent, and its tasks
// have to be made anew from its configuration.

import type { ConfigText, TargetState } from './worker-answers.js';

interface ConnectorEntry {
  config: ConfigText | undefined;
  target: TargetState | undefined;
  taskCount: number;
  tasks: Map<number, ConfigText>;
  /** Written, and not yet committed. */
  pending: Map<number, ConfigText>;
  isInconsistent: boolean;
}

export class ConfigState {
  readonly #entries = new Map<string, ConnectorEntry>();
  readonly #loggerLevels = new Map<string, string>();

  connectors(): readonly string[] {
    return [...this.#entries].filter(([, { config }]) => config !== undefined).map(([name]) => name);
  }

  config(connector: string): ConfigText | undefined {
    return this.#entries.get(connector)?.config;
  }

  target(connector: string): TargetState {
    return this.#entries.get(connector)?.target ?? 'STARTED';
  }

  /** The committed ones, in their order. */
  tasks(connector: string): readonly ConfigText[] {
    const entry = this.#entries.get(connector);
    if (entry?.config === undefined || entry.isInconsistent) return [];
    return Array.from({ length: entry.taskCount }, (_, task) => entry.tasks.get(task)!);
  }

  isInconsistent(connector: string): boolean {
    return this.#entries.get(connector)?.isInconsistent ?? false;
  }

  /** By namespace, as `logger-cluster-` records set them. */
  loggerLevels(): ReadonlyMap<string, string> {
    return this.#loggerLevels;
  }

  /** Takes a record of the topic; one that is none of ours changes nothing. */
  apply(key: string, value: string | null): void {
    const parsed = value === null ? null : parsedObject(value);
    if (parsed === undefined) return;
    const [, kind = '', name = ''] = /^(connector|task|commit|target-state|logger-cluster)-(.+)$/s.exec(key) ?? [];
    if (kind === 'connector') this.#applyConnector(name, parsed);
    else if (kind === 'task') this.#applyTask(name, parsed);
    else if (kind === 'commit') this.#applyCommit(name, parsed);
    else if (kind === 'target-state') this.#applyTarget(name, parsed);
    else if (kind === 'logger-cluster' && typeof parsed?.['level'] === 'string') {
      this.#loggerLevels.set(name, parsed['level']);
    }
  }

  #entry(connector: string): ConnectorEntry {
    let entry = this.#entries.get(connector);
    if (entry === undefined) {
      entry = {
        config: undefined,
        target: undefined,
        taskCount: 0,
        tasks: new Map(),
        pending: new Map(),
        isInconsistent: false,
      };
      this.#entries.set(connector, entry);
    }
    return entry;
  }

  /** A target state may stand before the configuration (initial_state): it is kept for it. */
  #applyConnector(connector: string, value: Parsed | null): void {
    const entry = this.#entry(connector);
    entry.config = propertiesOf(value);
    if (entry.config !== undefined) return;
    Object.assign(entry, { taskCount: 0, tasks: new Map(), pending: new Map(), isInconsistent: false });
    this.#dropEmpty(connector, entry);
  }

  #applyTask(name: string, value: Parsed | null): void {
    const [, connector, task] = /^(.+)-(\d+)$/s.exec(name) ?? [];
    const config = propertiesOf(value);
    if (connector === undefined || config === undefined) return;
    this.#entry(connector).pending.set(Number(task), config);
  }

  #applyCommit(connector: string, value: Parsed | null): void {
    const count = value?.['tasks'];
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) return;
    const entry = this.#entry(connector);
    const tasks = new Map([...entry.tasks, ...entry.pending]);
    const isComplete = Array.from({ length: count }, (_, task) => tasks.has(task)).every(Boolean);
    if (isComplete) entry.tasks = new Map([...tasks].filter(([task]) => task < count));
    entry.isInconsistent = !isComplete;
    entry.taskCount = count;
    entry.pending.clear();
  }

  #applyTarget(connector: string, value: Parsed | null): void {
    const entry = this.#entry(connector);
    // Written for workers that know STOPPED: those that do not read PAUSED in `state`.
    const state = value?.['state.v2'] ?? value?.['state'];
    if (value === null) entry.target = undefined;
    else if (state === 'STARTED' || state === 'PAUSED' || state === 'STOPPED') entry.target = state;
    this.#dropEmpty(connector, entry);
  }

  #dropEmpty(connector: string, entry: ConnectorEntry): void {
    if (entry.config === undefined && entry.target === undefined) this.#entries.delete(connector);
  }
}

type Parsed = Readonly<Record<string, unknown>>;

function parsedObject(text: string): Parsed | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Parsed) : undefined;
  } catch {
    return undefined;
  }
}

function propertiesOf(value: Parsed | null): ConfigText | undefined {
  const properties = value?.['properties'];
  return typeof properties === 'object' && properties !== null ? (properties as ConfigText) : undefined;
}
