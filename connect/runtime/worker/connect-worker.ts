import type { Producer } from '../../../core/index.js';
import { isPlaceholder } from '../validation/config-key.js';
import { validateConnector, validationMessage } from '../validation/validate-connector.js';
import { alterOffsets, type OffsetTarget, readOffsets } from './alter-offsets.js';
import { configText, requireName, shownConfig, withKeptSecrets } from './config-text.js';
import { ManagedConnector } from './managed-connector.js';
import { pluginKeys, pluginList } from './plugin-list.js';
import { secretKeys } from './resolved-connector.js';
import type { StoredStatus } from './status-store.js';
import { Watchdog } from './watchdog.js';
import type { NewConnector, RestartOptions, Worker } from './worker.js';
import type * as answers from './worker-answers.js';
import { WorkerError } from './worker-error.js';
import type { WorkerParts } from './worker-parts.js';

type Given = Readonly<Record<string, unknown>>;

const initialTargets: Readonly<Record<string, answers.TargetState>> = {
  RUNNING: 'STARTED',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
};

export class ConnectWorker implements Worker {
  readonly #parts: WorkerParts;
  readonly #producer: Producer;
  readonly #managed = new Map<string, ManagedConnector>();
  readonly #ended: () => Promise<void>;
  readonly #watchdog: Watchdog;
  #hasWarnedOfSecrets = false;
  #closing: Promise<void> | undefined;

  /** `ended`: closes what the worker was given. */
  constructor(parts: WorkerParts, producer: Producer, ended: () => Promise<void>) {
    this.#parts = parts;
    this.#producer = producer;
    this.#ended = ended;
    this.#watchdog = new Watchdog({
      log: parts.log,
      logger: parts.levels.logger('millrace.connect'),
      stallAfterMs: parts.settings['task.stall.timeout.ms'],
      connectors: () => this.#managed.values(),
    });
  }

  /** Starts all that shall run. */
  begin(): void {
    for (const name of this.connectors()) {
      const managed = this.#manage(name);
      managed.takeOver();
      void managed.reconcile();
    }
  }

  serverInfo(): answers.ServerInfo {
    return { version: this.#parts.version, commit: '', kafka_cluster_id: this.#parts.log.clusterId };
  }

  connectors(): readonly string[] {
    return this.#parts.configs.state.connectors();
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
    const managed = this.#managed.get(name);
    const live = managed?.tasks()[task];
    const stall = live?.stalled ?? (task === 0 && status.state === 'RUNNING' ? this.#watchdog.stall(name) : undefined);
    return {
      id: task,
      ...stateInfo(status),
      ...(live !== undefined && live.restarts > 0 && { restarts: live.restarts }),
      ...(stall !== undefined && { stalled: { ...stall, reason: managed!.hidden(stall.reason) } }),
    };
  }

  config(name: string): answers.ConfigText {
    const config = this.#requireConfig(name);
    return shownConfig(config, this.#secretKeysOf(config));
  }

  tasks(name: string): readonly answers.TaskInfo[] {
    const keys = this.#secretKeysOf(this.#requireConfig(name));
    return this.#parts.configs.state
      .tasks(name)
      .map((config, task) => ({ id: { connector: name, task }, config: shownConfig(config, keys) }));
  }

  tasksConfig(name: string): Readonly<Record<string, answers.ConfigText>> {
    return Object.fromEntries(this.tasks(name).map(({ id, config }) => [`${name}-${id.task}`, config]));
  }

  async create({ name: given, config: givenConfig, initialState }: NewConnector): Promise<answers.ConnectorInfo> {
    const name = given.trim();
    requireName(name);
    const config = { ...configText(givenConfig), name };
    const initial = initialState === undefined ? undefined : initialTargets[initialState.trim().toUpperCase()];
    if (initialState !== undefined && initial === undefined) {
      throw new WorkerError('invalid', `initial_state: "${initialState}" is none of RUNNING, PAUSED, STOPPED`);
    }
    this.#requireValid(config);
    if (this.#parts.configs.state.config(name) !== undefined) {
      throw new WorkerError('already-exists', `Connector ${name} already exists`);
    }
    return this.#put(name, config, initial);
  }

  async putConfig(
    name: string,
    given: Given,
  ): Promise<{ readonly isNew: boolean; readonly info: answers.ConnectorInfo }> {
    requireName(name);
    const before = this.#parts.configs.state.config(name);
    const config = withKeptSecrets({ ...configText(given), name: String(given['name'] ?? name) }, before);
    if (config['name'] !== name) {
      const message = `Connector name configuration (${config['name']}) doesn't match connector name in the URL (${name})`;
      throw new WorkerError('invalid', message);
    }
    this.#requireValid(config);
    return { isNew: before === undefined, info: await this.#put(name, config) };
  }

  async patchConfig(name: string, patch: Given): Promise<answers.ConnectorInfo> {
    const before = this.#requireConfig(name);
    const patched = Object.entries({ ...before, ...withKeptSecrets(configText(patch), before) });
    const config = Object.fromEntries(patched.filter(([key]) => patch[key] !== null));
    this.#requireValid(config);
    return this.#put(name, config);
  }

  async delete(name: string): Promise<void> {
    this.#requireConfig(name);
    await this.#parts.configs.removeConnector(name);
    await this.#managed.get(name)?.reconcile();
    this.#managed.delete(name);
  }

  pause(name: string): Promise<void> {
    return this.#setTarget(name, 'PAUSED');
  }

  resume(name: string): Promise<void> {
    return this.#setTarget(name, 'STARTED');
  }

  async stop(name: string): Promise<void> {
    this.#requireKnown(name);
    await this.#parts.configs.putTasks(name, []);
    await this.#setTarget(name, 'STOPPED');
  }

  async restart(name: string, options: RestartOptions): Promise<answers.ConnectorStateInfo | undefined> {
    if (this.#parts.configs.state.config(name) === undefined) {
      throw new WorkerError('not-found', `Unknown connector: ${name}`);
    }
    const isPlain = !options.includeTasks && !options.onlyFailed;
    const planned = this.#planned(name, options);
    if (!isPlain) await this.#parts.configs.putRestart(name, options);
    void this.#manage(name).restart(options);
    return isPlain ? undefined : planned;
  }

  async restartTask(name: string, task: number): Promise<void> {
    const { state } = this.#parts.configs;
    if (state.config(name) === undefined) throw new WorkerError('not-found', `Unknown connector: ${name}`);
    if (state.target(name) === 'STOPPED') {
      throw new WorkerError('conflict', `Connector ${name} is stopped and has no tasks: resume it first`);
    }
    if (task < 0 || task >= state.tasks(name).length) {
      throw new WorkerError('not-found', `Unknown task: ${name}-${task}`);
    }
    void this.#manage(name).restartTask(task);
  }

  async offsets(name: string): Promise<answers.ConnectorOffsets> {
    return { offsets: await readOffsets(this.#parts, { name, config: this.#requireConfig(name) }) };
  }

  async patchOffsets(name: string, wanted: readonly answers.ConnectorOffset[]): Promise<{ readonly message: string }> {
    if (wanted.length === 0) {
      throw new WorkerError('invalid', 'Partitions / offsets need to be provided for an alter offsets request');
    }
    return this.#whenStopped(name, async target =>
      offsetsMessage(await alterOffsets(this.#parts, this.#producer, target, wanted), 'altered'),
    );
  }

  async resetOffsets(name: string): Promise<{ readonly message: string }> {
    return this.#whenStopped(name, async target => {
      const known = await readOffsets(this.#parts, target);
      const forgotten = known.map(({ partition }) => ({ partition, offset: null }));
      return offsetsMessage(await alterOffsets(this.#parts, this.#producer, target, forgotten), 'reset');
    });
  }

  async metrics(name: string): Promise<answers.ConnectorMetrics> {
    this.#requireConfig(name);
    return this.#manage(name).metrics();
  }

  topics(name: string): answers.ActiveTopics {
    if (!this.#parts.settings['topic.tracking.enable']) {
      throw new WorkerError('forbidden', 'Topic tracking is disabled.');
    }
    return { [name]: { topics: this.#parts.statuses.topicsOf(name) } };
  }

  async resetTopics(name: string): Promise<void> {
    const { settings, statuses } = this.#parts;
    if (!settings['topic.tracking.enable']) throw new WorkerError('forbidden', 'Topic tracking is disabled.');
    if (!settings['topic.tracking.allow.reset'])
      throw new WorkerError('forbidden', 'Topic tracking reset is disabled.');
    statuses.forgetTopics(name);
    await statuses.flushed();
  }

  loggers(): Readonly<Record<string, answers.LoggerLevel>> {
    return this.#parts.levels.all();
  }

  logger(name: string): answers.LoggerLevel {
    return this.#parts.levels.get(name);
  }

  async setLogger(name: string, level: string, scope: 'worker' | 'cluster'): Promise<readonly string[]> {
    const changed = this.#parts.levels.set(name, level);
    if (scope === 'cluster') await this.#parts.configs.putLoggerLevel(name, level.toUpperCase());
    return changed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watchdog.close();
    await Promise.all([...this.#managed.values()].map(managed => managed.close()));
    await this.#parts.statuses.flushed();
    await this.#ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  plugins(options: { readonly connectorsOnly?: boolean } = {}): readonly answers.PluginInfo[] {
    return pluginList(this.#parts, options.connectorsOnly ?? true);
  }

  pluginConfig(pluginClass: string): readonly answers.ConfigKeyInfo[] {
    return pluginKeys(this.#parts, pluginClass);
  }

  async validate(pluginClass: string, config: Given): Promise<answers.ConfigInfos> {
    return validateConnector(this.#parts, pluginClass, configText(config));
  }

  async #put(name: string, config: answers.ConfigText, initial?: answers.TargetState): Promise<answers.ConnectorInfo> {
    const keys = this.#secretKeysOf(config);
    if (this.#parts.sealed === undefined) this.#warnOfClearSecrets(name, config, keys);
    const stored = this.#parts.sealed?.sealed(config, keys) ?? config;
    await this.#parts.configs.putConnector(name, stored, initial);
    const info = this.info(name);
    const managed = this.#manage(name);
    managed.announce();
    void managed.reconcile();
    return info;
  }

  /** Once, as Kafka Connect does the same: a placeholder of a config provider is the way out there too. */
  #warnOfClearSecrets(name: string, config: answers.ConfigText, keys: ReadonlySet<string>): void {
    const key = Object.keys(config).find(each => keys.has(each) && config[each] && !isPlaceholder(config[each]));
    if (key === undefined || this.#hasWarnedOfSecrets) return;
    this.#hasWarnedOfSecrets = true;
    const topic = this.#parts.settings['config.storage.topic'];
    this.#parts.levels
      .logger('millrace.connect')
      .warn(
        `connector ${name}: ${key} is stored in the topic ${topic} as it was given, for all who may read that: give the worker a secretsKey, or the connector a placeholder of a config provider`,
      );
  }

  /** Throws WorkerError with all that is wrong. */
  #requireValid(config: answers.ConfigText): void {
    const pluginClass = config['connector.class'];
    if (pluginClass === undefined || pluginClass === null) {
      throw new WorkerError('invalid', `Connector config {name=${config['name']}} contains no connector type`);
    }
    const message = validationMessage(validateConnector(this.#parts, pluginClass, config));
    if (message !== undefined) throw new WorkerError('invalid', message);
  }

  async #setTarget(name: string, target: answers.TargetState): Promise<void> {
    this.#requireKnown(name);
    await this.#parts.configs.putTarget(name, target);
    await this.#manage(name).reconcile();
  }

  /** The status in which what will be restarted reads RESTARTING; it is told so at once. */
  #planned(name: string, { includeTasks, onlyFailed }: RestartOptions): answers.ConnectorStateInfo {
    const { statuses, configs } = this.#parts;
    const isMeant = (state: string) => !onlyFailed || state === 'FAILED';
    const isStopped = configs.state.target(name) === 'STOPPED';
    const status = this.status(name);
    const connector = isMeant(status.connector.state) ? restarting(status.connector) : status.connector;
    const tasks = status.tasks.map(task => (includeTasks && isMeant(task.state) ? restarting(task) : task));
    if (includeTasks && !isStopped) {
      for (const { id, state } of tasks) {
        const known = statuses.task(name, id);
        if (state === 'RESTARTING' && known !== undefined) statuses.putTask(name, id, { ...known, state, trace: null });
      }
    }
    return { ...status, connector, tasks };
  }

  /** Throws WorkerError unless the connector is to be stopped; waits until it is. */
  #whenStopped<T>(name: string, work: (target: OffsetTarget) => Promise<T>): Promise<T> {
    const config = this.#requireConfig(name);
    return this.#manage(name).whenSettled(async () => {
      if (this.#parts.configs.state.target(name) === 'STOPPED') return work({ name, config });
      throw new WorkerError(
        'invalid',
        `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    });
  }

  #manage(name: string): ManagedConnector {
    let managed = this.#managed.get(name);
    if (managed === undefined) this.#managed.set(name, (managed = new ManagedConnector(this.#parts, name)));
    return managed;
  }

  #requireConfig(name: string): answers.ConfigText {
    const config = this.#parts.configs.state.config(name);
    if (config === undefined) throw new WorkerError('not-found', `Connector ${name} not found`);
    return config;
  }

  #requireKnown(name: string): void {
    if (this.#parts.configs.state.config(name) === undefined) {
      throw new WorkerError('not-found', `Unknown connector ${name}`);
    }
  }

  #typeOf(name: string): answers.ConnectorInfo['type'] {
    const { configs, plugins } = this.#parts;
    return plugins.find(configs.state.config(name)?.['connector.class'] ?? '')?.kind ?? 'unknown';
  }

  #secretKeysOf(config: answers.ConfigText): ReadonlySet<string> {
    const plugin = this.#parts.plugins.find(config['connector.class'] ?? '');
    return secretKeys(plugin, config);
  }
}

function stateInfo({ state, worker_id, version, trace }: StoredStatus): answers.StateInfo {
  return { state, worker_id, version, ...(trace !== null && trace !== '' && { trace }) };
}

function restarting<S extends answers.StateInfo>({ trace: _, ...status }: S): S {
  return { ...status, state: 'RESTARTING' } as S;
}

function offsetsMessage(isAll: boolean, what: 'altered' | 'reset'): { readonly message: string } {
  return {
    message: isAll
      ? `The offsets for this connector have been ${what} successfully`
      : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this connector manages offsets externally, they will need to be manually ${what} in the system that the connector uses.`,
  };
}
