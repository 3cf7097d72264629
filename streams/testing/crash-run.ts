// One process on a simulated machine. Each begins with a machine of its own, a copy of what another process has left, and with the same chance:
// on machines that are the same, it does the same.

import { type Log, openLog, UsageError } from '../../core/index.js';
import {
  FaultCounts,
  SimulatedClock,
  SimulatedDisk,
  simulatedPorts,
  simulatedRandom,
  type WriteUnderWay,
} from '../../core/simulation/index.js';
import { runApp } from '../runtime/run-app.js';
import { ArrivingInput } from './arriving-input.js';
import { BoundaryWatch } from './boundary-watch.js';
import { type CrashOutcome, outputTopics, readOutcome } from './crash-outcome.js';
import type { Boundary, CrashKind, CrashScenario } from './crash-scenario.js';
import { WatchedLog } from './watched-log.js';

const directory = '/data';
/** Or later: no broker takes what is far ahead of its clock. */
const startMs = 1_700_000_000_000;
/** A process is back at the next full second, so that when in a second one died makes no difference to the next. */
const backMs = 1_000;
/** Of virtual time: longer than anything waits for anything. */
const patienceMs = 600_000;

/** What a process leaves, and the next one finds. */
export interface LeftMachine {
  readonly disk: SimulatedDisk;
  readonly ms: number;
  /** How many processes worked there before. */
  readonly lives: number;
}

export interface CrashVisitor {
  /** A boundary is about to be passed. `dieHere` gives the machine as a death here leaves it; the process itself goes on. */
  visit(boundary: Boundary, index: number, dieHere: (crash: CrashKind) => LeftMachine): void;
  /** The process stands still until this has resolved, after each of its steps. */
  between(): Promise<void>;
}

export class CrashRun {
  readonly #scenario: CrashScenario;
  readonly #clock: SimulatedClock;
  readonly #disk: SimulatedDisk;
  readonly #input: ArrivingInput;
  readonly #faults: FaultCounts;
  #lives: number;

  constructor(scenario: CrashScenario, found?: LeftMachine, faults = new FaultCounts()) {
    this.#scenario = scenario;
    this.#faults = faults;
    this.#lives = found?.lives ?? 0;
    this.#input = new ArrivingInput(scenario);
    this.#clock = new SimulatedClock(found?.ms ?? Math.max(startMs, this.#input.newestTimestamp));
    const world = { clock: this.#clock, random: this.#random('disk'), faults };
    this.#disk = found?.disk.copy(world) ?? new SimulatedDisk(world);
  }

  /** A machine with a log on it that has the topics, for runs to begin with. */
  async prepare(): Promise<LeftMachine> {
    const { partitions = 1, topology } = this.#scenario;
    const names = new Set([...this.#input.topics, ...outputTopics(topology.build())]);
    await this.#live(async log => {
      await log.admin().createTopics([...names].map(name => ({ name, partitions })));
    });
    return { disk: this.#disk, ms: this.#clock.now(), lives: 0 };
  }

  /** Does all the work, and says which boundaries it passed. Rejects when it cannot. */
  async work(visitor?: CrashVisitor): Promise<readonly Boundary[]> {
    const watch = new BoundaryWatch(this.#disk, (boundary, index, write) =>
      visitor?.visit(boundary, index, crash => this.#diedHere(crash, index, write)),
    );
    await this.#live(log => this.#work(new WatchedLog(log, watch), log), visitor && (() => visitor.between()));
    watch.stop();
    return watch.passed;
  }

  /** Does what is left to do, and says what there is then. Rejects when it cannot. */
  async finish(): Promise<CrashOutcome> {
    return await this.#live(async log => {
      await this.#work(log, log);
      return await this.#outcome(log);
    });
  }

  /** What there is now. */
  async outcome(): Promise<CrashOutcome> {
    return await this.#live(log => this.#outcome(log));
  }

  /** The files it found and has looked at. */
  get seen(): readonly string[] {
    return this.#disk.seen();
  }

  #diedHere(crash: CrashKind, index: number, write: WriteUnderWay | undefined): LeftMachine {
    const world = { clock: this.#clock, random: this.#random(`${crash} at ${index}`), faults: this.#faults };
    const disk = this.#disk.copyAfter(crash === 'kill' ? 'kill' : 'crash', world, write);
    return { disk, ms: Math.ceil(this.#clock.now() / backMs) * backMs, lives: this.#lives };
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

  async #live<T>(work: (log: Log) => Promise<T>, between?: () => Promise<void>): Promise<T> {
    const outcome = await this.#clock.drive(this.#workOnLog(work), patienceMs, between);
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'failed') throw outcome.error;
    throw new UsageError(
      `nothing more happened: the run did not end within ${patienceMs / 60_000} minutes of virtual time`,
    );
  }

  async #workOnLog<T>(work: (log: Log) => Promise<T>): Promise<T> {
    const ports = simulatedPorts({
      clock: this.#clock,
      disk: this.#disk,
      random: this.#random(`life ${this.#lives++}`),
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
