// One connector of a worker. `reconcile` makes what runs what its configuration and its target state say; it is called after every change of them, and runs
// one at a time. So a worker that was restarted begins with the very same call.

import type { Timer } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { TopicOffset } from '../../api/record.js';
import type { SinkDefinition } from '../../api/sink.js';
import type { SourceDefinition } from '../../api/source.js';
import { canonicalJson } from '../canonical-json.js';
import { shownError } from '../connector-config.js';
import type { TaskStatus } from '../connector-handle.js';
import type { ConnectorParts, PreparedConnector } from '../connector-parts.js';
import { RunningConnector } from '../running-connector.js';
import { prepareSink } from '../sink/prepare-sink.js';
import { prepareSource } from '../source/prepare-source.js';
import { Backoff } from '../task/backoff.js';
import { PauseGate } from '../task/pause-gate.js';
import { ProgressMeter } from '../task/progress-meter.js';
import { isPassing } from '../task/task-supervisor.js';
import { ConnectorReport } from './connector-report.js';
import { type ResolvedConnector, resolveConnector } from './resolved-connector.js';
import { sinkLag } from './sink-lag.js';
import { taskConfigTexts } from './task-config-text.js';
import type { RestartOptions } from './worker.js';
import type { ConfigText, ConnectorMetrics } from './worker-answers.js';
import type { WorkerParts } from './worker-parts.js';

/** What runs, and what it was made of. */
interface Run {
  readonly config: ConfigText;
  readonly resolved: ResolvedConnector;
  readonly connector: RunningConnector;
  /** Tasks that have run: of others it is not known what would have. */
  readonly ran: Set<number>;
}

const retryFirstMs = 1_000;
const retryMaxMs = 60_000;

export class ManagedConnector {
  readonly name: string;
  readonly #parts: WorkerParts;
  readonly #report: ConnectorReport;
  readonly #retryBackoff: Backoff;
  #run: Run | undefined;
  #lane: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;
  #reloading: Timer | undefined;
  #isClosed = false;

  constructor(parts: WorkerParts, name: string) {
    this.name = name;
    this.#parts = parts;
    this.#report = new ConnectorReport(parts, name);
    const random = parts.log.ports.random.fork(`connect-worker-${name}`);
    this.#retryBackoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMaxMs, random });
  }

  /** The tasks as they are now; empty where none runs. */
  tasks(): readonly TaskStatus[] {
    return this.#run?.connector.status().tasks ?? [];
  }

  /** How far it has read, where it is a sink that runs and is not paused. */
  positions(): readonly TopicOffset[] {
    const isRunning = this.#parts.configs.state.target(this.name) === 'STARTED';
    return isRunning ? (this.#run?.connector.positions() ?? []) : [];
  }

  async metrics(): Promise<ConnectorMetrics> {
    const { configs, plugins } = this.#parts;
    const connector = this.#run?.connector;
    const config = configs.state.config(this.name) ?? {};
    const isSink = plugins.find(config['connector.class'] ?? '')?.kind === 'sink';
    const lag = isSink ? await sinkLag(this.#parts, { name: this.name, config }, connector) : undefined;
    const { records = 0, bytes = 0, deadLetters = 0 } = connector?.progress() ?? {};
    return { records, bytes, dead_letters: deadLetters, connector: connector?.metrics() ?? {}, ...lag };
  }

  /** Without what nobody may see. */
  hidden(text: string): string {
    return this.#run?.resolved.secrets.hidden(text) ?? text;
  }

  /** Resolves when what runs is what shall run. Never rejects: what goes wrong is in the status. */
  reconcile(): Promise<void> {
    return this.#alone(() => this.#reconcile());
  }

  /** Restarts the connector (its configuration is read and resolved anew) or tasks, as Kafka Connect plans it. */
  restart(options: RestartOptions): Promise<void> {
    return this.#alone(() => this.#restart(options));
  }

  restartTask(task: number): Promise<void> {
    return this.#alone(async () => this.#run?.connector.restartTask(task));
  }

  /** Runs `work` when nothing is changing, and nothing changes while it runs. */
  async whenSettled<T>(work: () => Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    let failure: unknown;
    await this.#alone(async () => {
      try {
        result = { value: await work() };
      } catch (error) {
        failure = error;
      }
    });
    if (result === undefined) throw failure;
    return result.value;
  }

  /** Ends what runs. Configuration and target state stay: the next worker begins with them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#alone(async () => {
      if (this.#run === undefined) return;
      await this.#end();
      this.#report.connector('UNASSIGNED');
    });
  }

  /** Who has just made it finds a status of it. */
  announce(): void {
    if (this.#parts.statuses.connector(this.name) === undefined) this.#report.connector('UNASSIGNED');
  }

  /** What an earlier worker has left is nobody's state any more. */
  takeOver(): void {
    const { configs, statuses } = this.#parts;
    if (configs.state.target(this.name) === 'STOPPED') return;
    this.#report.connector('UNASSIGNED');
    for (const task of statuses.tasksOf(this.name)) this.#report.unassigned(task);
  }

  async #alone(work: () => Promise<unknown>): Promise<void> {
    const done = this.#lane.then(work).then(() => undefined);
    this.#lane = done.catch(error => this.#fail(error));
    await this.#lane;
  }

  async #reconcile(): Promise<void> {
    const { configs, statuses } = this.#parts;
    const config = configs.state.config(this.name);
    const target = configs.state.target(this.name);
    if (this.#isClosed) return;
    this.#forgetRetry();
    if (config === undefined) {
      await this.#end();
      statuses.removeConnector(this.name);
    } else if (target === 'STOPPED') {
      await this.#end();
      // It was being begun when it was stopped.
      if (configs.state.tasks(this.name).length > 0) await configs.putTasks(this.name, []);
      for (const task of statuses.tasksOf(this.name)) statuses.removeTask(this.name, task);
      this.#report.connector('STOPPED');
    } else if (this.#run !== undefined && isSame(this.#run.config, config)) {
      if (target === 'PAUSED') this.#run.connector.pause();
      else this.#run.connector.resume();
      this.#report.connector(target === 'PAUSED' ? 'PAUSED' : 'RUNNING');
    } else {
      await this.#end();
      // Paused before it ever ran: it gets its tasks when it is resumed.
      if (target === 'PAUSED' && configs.state.tasks(this.name).length === 0) this.#report.connector('PAUSED');
      else await this.#begin(config, target === 'PAUSED');
    }
  }

  async #begin(config: ConfigText, isPaused: boolean): Promise<void> {
    try {
      requireValues(config);
      const resolved = resolveConnector(this.#parts, config);
      const gate = new PauseGate();
      if (isPaused) gate.pause();
      const parts = this.#connectorParts(resolved, gate);
      const prepared = await prepare(parts, resolved);
      await this.#writeTasks(config, resolved, prepared);
      for (const key of resolved.unknownKeys)
        parts.logger.warn(`connector ${this.name}: the option ${key} is unknown here, and has no effect`);
      const connector = new RunningConnector(parts, resolved.plugin.kind, prepared, {
        changed: task => this.#tellTask(task, resolved),
        gracefulStopMs: this.#parts.settings['task.shutdown.graceful.timeout.ms'],
        stallAfterMs: this.#parts.settings['task.stall.timeout.ms'],
      });
      this.#run = { config, resolved, connector, ran: new Set() };
      for (const task of connector.status().tasks) this.#tellTask(task, resolved);
      this.#retryBackoff.reset();
      this.#lookForOtherSecrets();
      this.#report.connector(isPaused ? 'PAUSED' : 'RUNNING');
    } catch (error) {
      this.#fail(error);
    }
  }

  #connectorParts(resolved: ResolvedConnector, gate: PauseGate): ConnectorParts {
    const { log, levels, offsetLogs, connectAs } = this.#parts;
    return {
      log,
      ...(connectAs !== undefined && { connectAs }),
      name: this.name,
      logger: levels.logger(`millrace.connect.${this.name}`, text => resolved.secrets.hidden(text)),
      meter: new ProgressMeter(),
      gate,
      metrics: new Map(),
      topic: undefined,
      plugins: this.#parts.transforms,
      offsetLogs,
      awaitsTopics: true,
      createsTopics: this.#parts.settings['topic.creation.enable'],
      hidden: text => resolved.secrets.hidden(text),
      usesTopic: (topic, task) => this.#report.usesTopic(topic, task),
    };
  }

  async #writeTasks(config: ConfigText, resolved: ResolvedConnector, prepared: PreparedConnector): Promise<void> {
    const { configs, statuses } = this.#parts;
    const { plugin, secrets } = resolved;
    const tasks = taskConfigTexts(prepared, { config, pluginClass: plugin.class, secrets });
    for (const task of statuses.tasksOf(this.name)) if (task >= tasks.length) statuses.removeTask(this.name, task);
    const isKnown = !configs.state.isInconsistent(this.name) && areSame(configs.state.tasks(this.name), tasks);
    if (!isKnown) await configs.putTasks(this.name, tasks);
  }

  async #restart({ includeTasks, onlyFailed }: RestartOptions): Promise<void> {
    const { configs } = this.#parts;
    const config = configs.state.config(this.name);
    if (config === undefined || configs.state.target(this.name) === 'STOPPED' || this.#isClosed) return;
    const run = this.#run;
    if (run === undefined || !isSame(run.config, config)) return this.#reconcile();
    const failed = this.tasks().filter(task => task.state === 'FAILED');
    const isWhole = !onlyFailed && (includeTasks || this.#hasOtherSecrets(run, config));
    if (isWhole) {
      await this.#end();
      await this.#begin(config, configs.state.target(this.name) === 'PAUSED');
    } else if (includeTasks) {
      for (const task of failed) await run.connector.restartTask(task.id);
    }
  }

  /** What its placeholders stand for is not what it was. */
  #hasOtherSecrets(run: Run, config: ConfigText): boolean {
    return !isSame(resolveConnector(this.#parts, config).config, run.resolved.config);
  }

  /** `config.action.reload=restart`: when its provider says that a value may have changed, it is looked for, and the connector restarted if it has. */
  #lookForOtherSecrets(): void {
    const run = this.#run;
    if (run?.resolved.ttlMs === undefined || run.config['config.action.reload']?.trim() === 'none') return;
    const look = () => void this.#alone(() => this.#reload(run));
    this.#reloading = this.#parts.log.ports.clock.setTimer(run.resolved.ttlMs, look, { isBackground: true });
  }

  async #reload(run: Run): Promise<void> {
    if (this.#run !== run || this.#isClosed) return;
    const { configs, levels } = this.#parts;
    const logger = levels.logger('millrace.connect');
    try {
      if (!this.#hasOtherSecrets(run, run.config)) return this.#lookForOtherSecrets();
    } catch (error) {
      // Such as a file that is being replaced: what was found before goes on to count.
      logger.warn(`connector ${this.name}: ${run.resolved.secrets.hidden((error as Error).message)}`);
      return this.#lookForOtherSecrets();
    }
    logger.info(`connector ${this.name} is restarted: a config provider has another value for it`);
    await this.#end();
    await this.#begin(run.config, configs.state.target(this.name) === 'PAUSED');
  }

  #tellTask(task: TaskStatus, resolved: ResolvedConnector): void {
    // Its end is told by who ends it.
    if (this.#run?.resolved !== resolved) return;
    if (task.state === 'RUNNING') this.#run.ran.add(task.id);
    this.#report.task(task, resolved, this.#run.ran.has(task.id));
  }

  async #end(): Promise<void> {
    this.#reloading?.cancel();
    this.#forgetRetry();
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    const failed = run.connector.status().tasks.filter(task => task.state === 'FAILED');
    await run.connector.stop();
    const { statuses } = this.#parts;
    for (const task of statuses.tasksOf(this.name)) {
      if (!failed.some(({ id }) => id === task)) this.#report.unassigned(task);
    }
  }

  /** The connector itself cannot run. What is known to pass is tried again. */
  #fail(error: unknown): void {
    const shown = shownError(this.name, error);
    const config = this.#parts.configs.state.config(this.name);
    if (config === undefined) return;
    const hidden = hiddenError(shown, this.#secretsOf(config));
    this.#report.connector('FAILED', hidden);
    this.#parts.levels.logger('millrace.connect').error(`connector ${this.name} failed: ${hidden.message}`);
    if (this.#isClosed || !isPassing(error)) return;
    this.#retry = this.#parts.log.ports.clock.setTimer(this.#retryBackoff.nextMs(), () => void this.reconcile(), {
      isBackground: true,
    });
  }

  #secretsOf(config: ConfigText): (text: string) => string {
    try {
      const { secrets } = resolveConnector(this.#parts, config);
      return text => secrets.hidden(text);
    } catch {
      return text => text;
    }
  }

  #forgetRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }
}

/** As Kafka Connect, which takes such a configuration and cannot run it. */
function requireValues(config: ConfigText): void {
  const key = Object.keys(config).find(each => config[each] === null);
  if (key !== undefined) throw new ConfigError(`${key}: null is no value: leave the option out, or give it one`);
}

function prepare(parts: ConnectorParts, { plugin, config }: ResolvedConnector): Promise<PreparedConnector> {
  return plugin.kind === 'source'
    ? prepareSource(parts, plugin.definition as SourceDefinition, config)
    : prepareSink(parts, plugin.definition as SinkDefinition, config);
}

function hiddenError(error: Error, hidden: (text: string) => string): Error {
  const shown = new Error(hidden(error.message));
  shown.name = error.name;
  if (error.stack !== undefined) shown.stack = hidden(error.stack);
  return shown;
}

function isSame(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function areSame(a: readonly ConfigText[], b: readonly ConfigText[]): boolean {
  return a.length === b.length && a.every((config, index) => isSame(config, b[index]!));
}
