// The quotes app on a cluster: each instance a process of its own. In each round a victim runs with a failpoint until it is dead, others come
// and go beside it, quotes come in all the while, and now and then a broker is killed and comes back.

import { openLog } from '../../core/index.js';
import type { KafkaCluster } from '../../scripts/kafka/start-kafka.js';
import type { Run } from '../streams/exactly-once/outcome.js';
import { produceQuotes } from '../streams/exactly-once/quotes.js';
import { type End, type InstancesProcess, instancesOf, startProcess } from '../streams/exactly-once/rounds.js';

interface FleetOptions {
  readonly cluster: KafkaCluster;
  readonly run: Run;
  readonly lines: readonly string[];
  /** `name:n`, one a round. */
  readonly deaths: readonly string[];
  readonly hits: string;
  /** Rounds, counted from 0, in which a broker is killed. */
  readonly brokerDeaths: readonly number[];
  readonly log: (text: string) => void;
}

const tickMs = 200;
const roundMsMax = 120_000;
const endMsMax = 300_000;

export class Fleet {
  readonly #options: FleetOptions;
  #companions: InstancesProcess[] = [];
  #produced = 0;
  #brokersKilled = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get brokersKilled(): number {
    return this.#brokersKilled;
  }

  /** Rejects when a process ends otherwise than it should. */
  async run(): Promise<void> {
    const { deaths, lines, cluster } = this.#options;
    await using log = await openLog(cluster.url);
    try {
      for (const [round, death] of deaths.entries()) {
        await this.#round(round, death, until =>
          this.#feed(log, Math.floor((lines.length * (round + 1)) / deaths.length), until),
        );
      }
      await produceQuotes(log, lines, this.#produced, lines.length);
      await this.#finish();
    } finally {
      for (const companion of this.#companions) companion.kill();
    }
  }

  async #round(round: number, death: string, feed: (until: () => boolean) => Promise<void>): Promise<void> {
    const { cluster, run, hits, brokerDeaths, log } = this.#options;
    const startedAt = process.uptime();
    // A task is taken away from the victim only when somebody comes after it.
    const isOfRebalance = death.startsWith('streams/revok');
    await this.#setCompanions(isOfRebalance ? 0 : round % 3);
    const victim = startProcess({ ...instancesOf(cluster.url, run), isTold: true }, death, hits);
    const hasBrokerDeath = brokerDeaths.includes(round);
    const brokerBack = hasBrokerDeath ? this.#killBroker((round % 3) + 1) : Promise.resolve();
    if (isOfRebalance) {
      await waitFor(() => victim.hasEnded || victim.output.includes('started'), roundMsMax, 'the victim to start');
      await this.#setCompanions(1);
    }
    const deadline = startedAt * 1000 + roundMsMax;
    await feed(() => victim.hasEnded || process.uptime() * 1000 > deadline);
    if (!victim.hasEnded) victim.kill();
    const end = await victim.ended;
    await brokerBack;
    const seconds = (process.uptime() - startedAt).toFixed(1);
    const beside = `${this.#companions.length} beside it${hasBrokerDeath ? ', a broker killed' : ''}`;
    log(`round ${round + 1}: ${death}, ${beside}: ${end.signal ?? end.status} after ${seconds} s`);
    if (end.signal !== 'SIGKILL' || process.uptime() * 1000 > deadline)
      throw unexpected(`round ${round + 1} (${death})`, end);
  }

  /** Quotes at a steady pace: at first those of this round, then a few at a time, so that there is always something to commit. */
  async #feed(log: Parameters<typeof produceQuotes>[0], share: number, until: () => boolean): Promise<void> {
    const { lines } = this.#options;
    while (!until()) {
      const count = this.#produced < share ? 400 : 4;
      const to = Math.min(lines.length, this.#produced + count);
      await produceQuotes(log, lines, this.#produced, to);
      this.#produced = to;
      await sleep(tickMs);
    }
  }

  async #setCompanions(count: number): Promise<void> {
    const { cluster, run } = this.#options;
    for (const each of this.#companions)
      if (each.hasEnded) throw unexpected('an instance nobody killed', await each.ended);
    while (this.#companions.length < count) {
      const options = { ...instancesOf(cluster.url, run), isTold: true };
      const companion = startProcess(options);
      this.#companions.push(companion);
      await waitFor(
        () => companion.hasEnded || companion.output.includes('started'),
        roundMsMax,
        'an instance to start',
      );
    }
    while (this.#companions.length > count) {
      const leaver = this.#companions.pop()!;
      leaver.tell('close');
      const end = await withLimit(leaver.ended, roundMsMax, () => leaver.kill());
      if (end.status !== 0) throw unexpected('an instance told to close', end);
    }
  }

  async #killBroker(nodeId: number): Promise<void> {
    const { cluster } = this.#options;
    await sleep(1_500);
    await cluster.kill(nodeId);
    this.#brokersKilled++;
    await sleep(2_000);
    await cluster.restart(nodeId);
  }

  async #finish(): Promise<void> {
    const { cluster, run } = this.#options;
    const last = startProcess(instancesOf(cluster.url, run));
    for (const companion of this.#companions) companion.tell('finish');
    for (const each of [last, ...this.#companions]) {
      const end = await withLimit(each.ended, endMsMax, () => each.kill());
      if (end.status !== 0) throw unexpected('an instance told to finish', end);
    }
  }
}

function unexpected(what: string, end: End): Error {
  return new Error(`${what} ended with ${JSON.stringify(end)}`);
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

async function waitFor(condition: () => boolean, limitMs: number, what: string): Promise<void> {
  const startedAt = process.uptime();
  while (!condition()) {
    if ((process.uptime() - startedAt) * 1000 > limitMs) throw new Error(`waited ${limitMs} ms for ${what}`);
    await sleep(20);
  }
}

async function withLimit<T>(promise: Promise<T>, limitMs: number, atLimit: () => void): Promise<T> {
  const timeout = setTimeout(atLimit, limitMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timeout);
  }
}
