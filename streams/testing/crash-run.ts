// One process after the other on one simulated machine: the first dies where it was planned, the second finishes the work. Each run begins with
// a copy of one prepared disk, and with the same chance, so that all of them are the same up to their death.

import { type Log, openLog, UsageError } from '../../core/index.js';
import {
  FaultCounts,
  SimulatedClock,
  SimulatedDisk,
  simulatedPorts,
  simulatedRandom,
} from '../../core/simulation/index.js';
import { runApp } from '../runtime/run-app.js';
import { ArrivingInput } from './arriving-input.js';
import { BoundaryWatch, type PlannedCrash } from './boundary-watch.js';
import { type CrashOutcome, outputTopics, readOutcome } from './crash-outcome.js';
import type { CrashScenario } from './crash-scenario.js';
import { WatchedLog } from './watched-log.js';

const directory = '/data';
/** Or later: no broker takes what is far ahead of its clock. */
const startMs = 1_700_000_000_000;
/** Of virtual time: longer than anything waits for anything. */
const patienceMs = 600_000;

export interface PreparedDisk {
  readonly disk: SimulatedDisk;
  readonly endMs: number;
}

export class CrashRun {
  readonly faults = new FaultCounts();
  readonly #scenario: CrashScenario;
  readonly #clock: SimulatedClock;
  readonly #disk: SimulatedDisk;
  readonly #input: ArrivingInput;
  #life = 0;

  constructor(scenario: CrashScenario, prepared?: PreparedDisk) {
    this.#scenario = scenario;
    this.#input = new ArrivingInput(scenario);
    this.#clock = new SimulatedClock(prepared?.endMs ?? Math.max(startMs, this.#input.newestTimestamp));
    const world = { clock: this.#clock, random: this.#random('disk'), faults: this.faults };
    this.#disk = prepared?.disk.copy(world) ?? new SimulatedDisk(world);
    this.#clock.isOver = () => this.#disk.death !== undefined;
  }

  /** A disk with a log on it that has the topics, for runs to begin with. */
  async prepare(): Promise<PreparedDisk> {
    const { partitions = 1, topology } = this.#scenario;
    const names = new Set([...this.#input.topics, ...outputTopics(topology.build())]);
    await this.#mustLive(async log => {
      await log.admin().createTopics([...names].map(name => ({ name, partitions })));
    });
    return { disk: this.#disk, endMs: this.#clock.now() };
  }

  /** A life that ends where it was planned, or when the work is done. */
  async liveUntil(planned: PlannedCrash | undefined): Promise<BoundaryWatch> {
    const watch = new BoundaryWatch(this.#disk, planned);
    const outcome = await this.#clock.drive(
      this.#live(log => this.#work(new WatchedLog(log, watch), log)),
      patienceMs,
    );
    watch.stop();
    if (this.#disk.death === undefined && outcome.kind === 'done') return watch;
    if (watch.diedAt === undefined) throw failureOf(outcome);
    this.#clock.forgetTimers();
    if (this.#disk.death === 'crash') this.#disk.crash();
    else this.#disk.kill();
    return watch;
  }

  /** A life that does what is left to do, and what there is then. Rejects when it cannot. */
  async finish(): Promise<CrashOutcome> {
    return await this.#mustLive(async log => {
      await this.#work(log, log);
      return await this.#outcome(log);
    });
  }

  /** What there is now. */
  async outcome(): Promise<CrashOutcome> {
    return await this.#mustLive(log => this.#outcome(log));
  }

  #outcome(log: Log): Promise<CrashOutcome> {
    const plan = this.#scenario.topology.build();
    const stateFile = `${directory}/streams-state/${plan.name}/stores/state.json`;
    return readOutcome(log, { plan, applicationId: plan.name, stateFile });
  }

  /** The app runs on `seen`; its input comes from elsewhere. */
  async #work(seen: Log, log: Log): Promise<void> {
    const { app: options, guarantee, start = runApp, topology } = this.#scenario;
    const app = await start(topology, {
      commitInterval: '10ms',
      ...options,
      ...(guarantee === 'exactly_once' && { processingGuarantee: guarantee }),
      log: seen,
    });
    await this.#input.arrive(log);
    await app.finish();
  }

  async #mustLive<T>(work: (log: Log) => Promise<T>): Promise<T> {
    const outcome = await this.#clock.drive(this.#live(work), patienceMs);
    if (outcome.kind !== 'done') throw failureOf(outcome);
    return outcome.value;
  }

  async #live<T>(work: (log: Log) => Promise<T>): Promise<T> {
    const ports = simulatedPorts({
      clock: this.#clock,
      disk: this.#disk,
      random: this.#random(`life ${this.#life++}`),
    });
    const log = await openLog(`file:${directory}`, { ports, broker: { report: () => undefined } });
    const result = await work(log);
    await log.close();
    return result;
  }

  #random(label: string) {
    return simulatedRandom(`${this.#scenario.seed ?? 1}/${label}`);
  }
}

function failureOf(outcome: { readonly kind: 'done' | 'failed' | 'unsettled'; readonly error?: Error }): Error {
  if (outcome.kind === 'failed') return outcome.error!;
  return new UsageError(
    `nothing more happened: the run did not end within ${patienceMs / 60_000} minutes of virtual time`,
  );
}
