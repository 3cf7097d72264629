import type { Producer } from '../../../core/index.js';
import { isPlaceholder } from '../validation/config-key.js';
import { validateConnector, validationMessage } from '../validation/validate-connector.js';
import { alterOffsets, type OffsetTarget, readOffsets } from './alter-offsets.js';
import { configText, requireName, withKeptSecrets } from './config-text.js';
import { ConnectorFacts, type LiveTask } from './connector-facts.js';
import { ManagedConnector } from './managed-connector.js';
import { NameTurns } from './name-turns.js';
import { noConnectorType } from './no-connector-type.js';
import { offsetsMessage } from './offsets-message.js';
import { pluginKeys, pluginList } from './plugin-list.js';
import { restartPlan, tellRestart } from './restart-plan.js';
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
  readonly #facts: ConnectorFacts;
  readonly #managed = new Map<string, ManagedConnector>();
  readonly #changes = new NameTurns();
  readonly #ended: () => Promise<void>;
  readonly #watchdog: Watchdog;
  #hasWarnedOfSecrets = false;
  #closing: Promise<void> | undefined;

  /** `ended`: closes what the worker was given. */
  constructor(parts: WorkerParts, producer: Producer, ended: () => Promise<void>) {
    this.#parts = parts;
    this.#producer = producer;
    this.#ended = ended;
    this.#facts = new ConnectorFacts(parts, (name, task, state) => this.#liveTask(name, task, state));
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
    return this.#facts.info(name);
  }

  status(name: string): answers.ConnectorStateInfo {
    return this.#facts.status(name);
  }

  taskStatus(name: string, task: number): answers.TaskStateInfo {
    return this.#facts.taskStatus(name, task);
  }

  config(name: string): answers.ConfigText {
    return this.#facts.config(name);
  }

  tasks(name: string): readonly answers.TaskInfo[] {
    return this.#facts.tasks(name);
  }

  tasksConfig(name: string): Readonly<Record<string, answers.ConfigText>> {
    return this.#facts.tasksConfig(name);
  }

  async create({ name: given, config: givenConfig, initialState }: NewConnector): Promise<answers.ConnectorInfo> {
    const name = given.trim();
    requireName(name);
    const config = { ...configText(givenConfig), name };
    const initial = initialState === undefined ? undefined : initialTargets[initialState.trim().toUpperCase()];
    if (initialState !== undefined && initial === undefined) {
      throw new WorkerError('invalid', `initial_state: "${initialState}" is none of RUNNING, PAUSED, STOPPED`);
    }
    return this.#changes.take(name, async () => {
      this.#requireValid(config);
      if (this.#parts.configs.state.config(name) !== undefined) {
        throw new WorkerError('already-exists', `Connector ${name} already exists`);
      }
      return this.#put(name, config, initial);
    });
  }

  async putConfig(
    name: string,
    given: Given,
  ): Promise<{ readonly isNew: boolean; readonly info: answers.ConnectorInfo }> {
    requireName(name);
    const text: answers.ConfigText = { ...configText(given), name: String(given['name'] ?? name) };
    if (text['name'] !== name) {
      const message = `Connector name configuration (${text['name']}) doesn't match connector name in the URL (${name})`;
      throw new WorkerError('invalid', message);
    }
    return this.#changes.take(name, async () => {
      const before = this.#parts.configs.state.config(name);
      const config = withKeptSecrets(text, before);
      this.#requireValid(config);
      return { isNew: before === undefined, info: await this.#put(name, config) };
    });
  }

  patchConfig(name: string, patch: Given): Promise<answers.ConnectorInfo> {
    return this.#changes.take(name, async () => {
      const before = this.#facts.storedConfig(name);
      const patched = Object.entries({ ...before, ...withKeptSecrets(configText(patch), before) });
      const config = Object.fromEntries(patched.filter(([key]) => patch[key] !== null));
      this.#requireValid(config);
      return this.#put(name, config);
    });
  }

  delete(name: string): Promise<void> {
    return this.#changes.take(name, async () => {
      this.#facts.storedConfig(name);
      await this.#parts.configs.removeConnector(name);
      // One that is made under the name waits for that: its tasks are others.
      await this.#managed.get(name)?.reconcile();
      this.#managed.delete(name);
    });
  }

  pause(name: string): Promise<void> {
    return this.#setTarget(name, 'PAUSED');
  }

  resume(name: string): Promise<void> {
    return this.#setTarget(name, 'STARTED');
  }

  stop(name: string): Promise<void> {
    return this.#changes.take(name, async () => {
      this.#requireKnown(name);
      await this.#parts.configs.putTasks(name, []);
      await this.#parts.configs.putTarget(name, 'STOPPED');
      await this.#manage(name).reconcile();
    });
  }

  async restart(name: string, options: RestartOptions): Promise<answers.ConnectorStateInfo | undefined> {
    if (this.#parts.configs.state.config(name) === undefined) {
      throw new WorkerError('not-found', `Unknown connector: ${name}`);
    }
    const isPlain = !options.includeTasks && !options.onlyFailed;
    const planned = restartPlan(this.status(name), options);
    if (options.includeTasks && this.#parts.configs.state.target(name) !== 'STOPPED') {
      tellRestart(this.#parts.statuses, planned);
    }
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
    return { offsets: await readOffsets(this.#parts, { name, config: this.#facts.storedConfig(name) }) };
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
    this.#facts.storedConfig(name);
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

  pluginConfig(pluginClass: string, version?: string): readonly answers.ConfigKeyInfo[] {
    return pluginKeys(this.#parts, pluginClass, version);
  }

  async validate(pluginClass: string, config: Given): Promise<answers.ConfigInfos> {
    return validateConnector(this.#parts, pluginClass, configText(config));
  }

  async #put(name: string, config: answers.ConfigText, initial?: answers.TargetState): Promise<answers.ConnectorInfo> {
    const keys = this.#facts.secretKeysOf(config);
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
      throw noConnectorType(config);
    }
    const message = validationMessage(validateConnector(this.#parts, pluginClass, config));
    if (message !== undefined) throw new WorkerError('invalid', message);
  }

  async #setTarget(name: string, target: answers.TargetState): Promise<void> {
    await this.#changes.take(name, async () => {
      this.#requireKnown(name);
      await this.#parts.configs.putTarget(name, target);
    });
    // Not in its turn: to begin may take long, and who waits for it may be putting right what it waits for.
    await this.#managed.get(name)?.reconcile();
  }

  /** Throws WorkerError unless the connector is to be stopped; waits until it is. */
  #whenStopped<T>(name: string, work: (target: OffsetTarget) => Promise<T>): Promise<T> {
    const config = this.#facts.storedConfig(name);
    return this.#manage(name).whenSettled(async () => {
      if (this.#parts.configs.state.target(name) === 'STOPPED') return work({ name, config });
      throw new WorkerError(
        'invalid',
        `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    });
  }

  #liveTask(name: string, task: number, state: string): LiveTask {
    const managed = this.#managed.get(name);
    const live = managed?.tasks()[task];
    const stall = live?.stalled ?? (task === 0 && state === 'RUNNING' ? this.#watchdog.stall(name) : undefined);
    return {
      restarts: live?.restarts ?? 0,
      stalled: stall === undefined ? undefined : { ...stall, reason: managed!.hidden(stall.reason) },
    };
  }

  #manage(name: string): ManagedConnector {
    let managed = this.#managed.get(name);
    if (managed === undefined) this.#managed.set(name, (managed = new ManagedConnector(this.#parts, name)));
    return managed;
  }

  #requireKnown(name: string): void {
    if (this.#parts.configs.state.config(name) === undefined) {
      throw new WorkerError('not-found', `Unknown connector ${name}`);
    }
  }
}
