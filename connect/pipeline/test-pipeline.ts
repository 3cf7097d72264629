// Runs the `tests` of a pipeline: records in, what comes out compared. Nothing is connected to; lookups find what the test says.

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../core/index.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import type { FlowRecord } from './flow-record.js';
import type { RecordSpec, TestSpec } from './pipeline-shape.js';
import { standaloneContext } from './standalone-context.js';
import { allSteps, applySteps, type Flow, type Step } from './step.js';

export interface TestDifference {
  /** Such as `output`, `branches.failures`, `steps.filter`, `errors`. */
  readonly of: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly TestDifference[];
}

/** The results in the order of the tests. */
export async function testPipeline(pipeline: CompiledPipeline, clock: Clock): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const test of pipeline.tests) {
    const outcome = await outcomeOf(pipeline, test, clock);
    const differences = differencesOf(test, outcome);
    results.push({ name: test.name, passed: differences.length === 0, differences });
  }
  return results;
}

interface Outcome {
  readonly output: readonly FlowRecord[];
  readonly branches: ReadonlyMap<string, readonly FlowRecord[]>;
  readonly steps: ReadonlyMap<string, readonly FlowRecord[]>;
  readonly errors: readonly string[];
}

async function outcomeOf(pipeline: CompiledPipeline, test: TestSpec, clock: Clock): Promise<Outcome> {
  const branches = new Map<string, FlowRecord[]>();
  const steps = new Map<string, readonly FlowRecord[]>();
  const errors: string[] = [];
  const flow: Flow = {
    fail: (_, __, error) => void errors.push(error.message),
    emit: (output, record) => void branches.set(output, [...(branches.get(output) ?? []), record]),
    remember: () => {},
    watch: (step, records) => void steps.set(step.name, records),
  };
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const context = standaloneContext(pipeline.name, { clock, logger: silent, signal: new AbortController().signal });
  const all = allSteps(pipeline.steps);
  try {
    for (const step of all) await step.open?.({ context, lookups: test.lookups ?? {}, remembered: () => [] });
    const output = await applySteps(pipeline.steps, inputOf(test), flow);
    return { output, branches, steps, errors };
  } finally {
    for (const step of all) await (step satisfies Step).close?.();
  }
}

function inputOf({ input, inputRecords }: TestSpec): readonly FlowRecord[] {
  const values = (input ?? []).map(value => ({ key: null, value, headers: [] }));
  const records = (inputRecords ?? []).map(({ key, value, topic, timestamp, headers }) => ({
    key: key ?? null,
    value: value ?? null,
    topic,
    timestamp,
    headers: Object.entries(headers ?? {}).map(([name, text]) => ({ key: name, value: text })),
  }));
  return [...values, ...records];
}

function differencesOf(test: TestSpec, outcome: Outcome): readonly TestDifference[] {
  const differences: TestDifference[] = [];
  const compare = (of: string, expected: readonly unknown[] | undefined, actual: readonly unknown[]): void => {
    if (expected === undefined || isDeepStrictEqual(plain(expected), plain(actual))) return;
    differences.push({ of, expected, actual });
  };
  const values = (records: readonly FlowRecord[] | undefined) => (records ?? []).map(({ value }) => value);
  compare('output', test.output, values(outcome.output));
  compare('outputRecords', test.outputRecords, mentioned(outcome.output, test.outputRecords ?? []));
  for (const [name, expected] of Object.entries(test.branches ?? {}))
    compare(`branches.${name}`, expected, values(outcome.branches.get(name)));
  for (const [name, expected] of Object.entries(test.steps ?? {}))
    compare(`steps.${name}`, expected, values(outcome.steps.get(name)));
  const expectedErrors = test.errors ?? [];
  const isAsExpected =
    expectedErrors.length === outcome.errors.length &&
    expectedErrors.every((part, index) => outcome.errors[index]!.includes(part));
  if (!isAsExpected) differences.push({ of: 'errors', expected: expectedErrors, actual: outcome.errors });
  return differences;
}

/** Of each record what its expectation names. */
function mentioned(records: readonly FlowRecord[], expected: readonly RecordSpec[]): readonly unknown[] {
  return records.map((record, index) => {
    const whole: Readonly<Record<string, unknown>> = { ...record, headers: headersOf(record) };
    const names = Object.keys(expected[index] ?? { key: null, value: null });
    return Object.fromEntries(names.map(name => [name, whole[name] ?? null]));
  });
}

function headersOf({ headers }: FlowRecord): Record<string, unknown> {
  return Object.fromEntries(headers.map(({ key, value }) => [key, value]));
}

/** As JSON has it: what is undefined is not there, dates are texts. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item)));
}
