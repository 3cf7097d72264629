// Feeds one case to the public test driver and compares what every step wrote, and the stores at the end.

import { TestDriver, type TestRecord } from '../../streams/testing/index.js';
import type { Case, Graph, OutRecord, Step, StoreRow } from './case.js';
import { asGraph } from './families.js';
import type { Text } from './functions.js';
import { GraphTopology, keyText, NotBuilt } from './graph-topology.js';

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'not-built'; readonly operator: string };

export function runCase(given: Case): Outcome {
  try {
    const graph = isGraph(given.topology) ? given.topology : asGraph(given.topology);
    const outputs = graph.nodes.filter(node => node.op === 'to').map(node => node.topic!);
    const built = new GraphTopology(graph);
    const reason = new CaseRun(built, [...new Set(outputs)]).differences(given);
    return reason === undefined ? { kind: 'passed' } : { kind: 'failed', reason };
  } catch (error) {
    if (error instanceof NotBuilt) return { kind: 'not-built', operator: error.message };
    return { kind: 'failed', reason: String(error instanceof Error ? (error.stack ?? error.message) : error) };
  }
}

const isGraph = (topology: Case['topology']): topology is Graph => topology['kind'] === 'graph';

class CaseRun {
  readonly #built: GraphTopology;
  readonly #driver: TestDriver;
  readonly #outputs: readonly string[];
  /** Without an internal topic all outputs of a step are written by one pass, and their order counts across topics. */
  readonly #isOnePass: boolean;

  constructor(built: GraphTopology, outputs: readonly string[]) {
    this.#built = built;
    this.#driver = new TestDriver(built.topology);
    this.#outputs = outputs;
    this.#isOnePass = this.#driver.plan.repartitionTopics.length === 0;
  }

  differences(given: Case): string | undefined {
    for (const [index, step] of given.steps.entries()) {
      const difference = this.#step(step);
      if (difference !== undefined) return `step ${index} ${JSON.stringify(step.in ?? step.wallClock)}: ${difference}`;
    }
    for (const [name, rows] of Object.entries(given.stores ?? {})) {
      const difference = differing(this.#rows(name, rows), rows);
      if (difference !== undefined) return `store ${name}: ${difference}`;
    }
    this.#driver.close();
    return undefined;
  }

  #step(step: Step): string | undefined {
    if (step.wallClock !== undefined) this.#driver.advanceWallClock(step.wallClock);
    if (step.in !== undefined) {
      const [topic, key, value, timestamp] = step.in;
      this.#driver.pipe(this.#built.topic(topic), { key, value, timestamp });
    }
    const expected = (step.out ?? []).map((row): OutRecord => (row.length === 4 ? row : ['out', ...row]));
    const actual = this.#written();
    if (this.#isOnePass) return differing(actual, expected);
    for (const topic of this.#outputs) {
      const of = (rows: readonly OutRecord[]) => rows.filter(row => row[0] === topic);
      const difference = differing(of(actual), of(expected));
      if (difference !== undefined) return difference;
    }
    return undefined;
  }

  #written(): readonly OutRecord[] {
    const records: { readonly topic: string; readonly record: TestRecord<Text, Text> }[] = [];
    for (const topic of this.#outputs) {
      for (const record of this.#driver.read(this.#built.topic(topic))) records.push({ topic, record });
    }
    return records
      .sort((a, b) => a.record.sequence - b.record.sequence)
      .map(({ topic, record: { key, value, timestamp } }) => [topic, key, value, timestamp]);
  }

  /** The store's rows as the cases print them, sorted by key; `like` says whether they print timestamps. */
  #rows(name: string, like: readonly StoreRow[]): readonly StoreRow[] {
    const hasTimestamp = like.every(row => row.length === 3);
    return this.#driver
      .store(name)
      .entries()
      .map(({ key, value, timestamp }) => [keyText(key), value === null ? null : String(value), timestamp] as const)
      .sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
      .map(row => (hasTimestamp ? row : row.slice(0, 2)));
  }
}

function differing(actual: readonly unknown[], expected: readonly unknown[]): string | undefined {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return undefined;
  return `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
