// From what a person wrote to what can run. Everything is looked at before anything is said, and nothing is connected to.

import type { CompiledPipeline, ErrorPolicy } from './compiled-pipeline.js';
import { type CompileOptions, Compiler } from './compiler.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import type { PipelineDocument } from './pipeline-document.js';
import { pipelineShape, type ScheduleSpec, scheduleShape } from './pipeline-shape.js';
import { PipelineTopics } from './pipeline-topics.js';
import { requireSchedule } from './require-schedule.js';
import { endingSource } from './source-ending.js';

/** Throws PipelineError that tells every fault with its place. */
export async function compilePipeline(document: PipelineDocument, options: CompileOptions): Promise<CompiledPipeline> {
  const { faults } = document;
  const what = options.file ?? 'the pipeline';
  faults.throwErrors(what);
  const shape = faults.read(pipelineShape, document.value, []);
  // What the shape refuses is no reason not to look at the rest.
  const given = (shape ?? document.value ?? {}) as Partial<NonNullable<typeof shape>>;
  const compiler = new Compiler(faults, options);
  const source = given.source === undefined ? undefined : await compiler.source(given.source, ['source']);
  if (given.source === undefined && shape !== undefined) faults.add(['source'], 'is required');
  const steps = Array.isArray(given.steps) ? await compiler.steps(given.steps, ['steps']) : [];
  if (given.sink !== undefined) await compiler.output('', given.sink, ['sink']);
  else if (compiler.sinks.size === 0) faults.add(['sink'], 'is required');
  if (shape !== undefined) checkTopics(new PipelineTopics(shape.name), compiler, faults);
  const errors = await errorPolicy(compiler, given.errors, faults);
  const schedule = await scheduleOf(given.schedule, faults);
  checkTests(Array.isArray(given.tests) ? given.tests : [], compiler, faults);
  faults.throwErrors(what);
  return {
    name: shape!.name,
    file: options.file,
    // One that hangs on a variable that is not set is not there either: what lints or tests has no need of it.
    source:
      source === undefined || schedule === undefined ? source! : endingSource(source, sourcePath(given.source), faults),
    steps,
    sinks: compiler.sinks,
    errors,
    schedule,
    tests: shape!.tests,
    warnings: faults.all,
  };
}

/** Of the options of a source: under its connector's word, or in code under `config`. */
function sourcePath(given: unknown): readonly string[] {
  const isInCode = typeof given === 'object' && given !== null && 'connector' in given;
  return ['source', isInCode ? 'config' : String(Object.keys(Object(given))[0])];
}

async function errorPolicy(compiler: Compiler, given: unknown, faults: FaultList): Promise<ErrorPolicy> {
  const path: Path = ['errors'];
  if (given === undefined || given === 'stop') return { kind: 'stop' };
  if (given === 'skip') return { kind: 'skip' };
  if (typeof given === 'string') {
    faults.add(path, `"${given}" is neither stop nor skip nor a connector with its options`);
    return { kind: 'stop' };
  }
  const sink = await compiler.sink(given, path);
  return sink === undefined ? { kind: 'stop' } : { kind: 'sink', sink };
}

async function scheduleOf(
  given: ScheduleSpec | string | undefined,
  faults: FaultList,
): Promise<ScheduleSpec | undefined> {
  if (given === undefined) return undefined;
  const schedule = scheduleShape.safeParse(typeof given === 'string' ? { cron: given } : given).data;
  // The shape of the whole has said what is wrong with it.
  if (schedule === undefined) return undefined;
  await requireSchedule(schedule, typeof given === 'string' ? undefined : 'cron', faults);
  return schedule;
}

function checkTopics(topics: PipelineTopics, compiler: Compiler, faults: FaultList): void {
  for (const output of compiler.sinks.keys()) {
    const fault = topics.faultOf(output);
    if (fault !== undefined) faults.add(['name'], fault);
  }
}

/** Names in tests that no step and no branch has. */
function checkTests(tests: readonly unknown[], compiler: Compiler, faults: FaultList): void {
  for (const [index, test] of tests.entries()) {
    const { steps, branches, lookups } = (test ?? {}) as Partial<Record<string, object>>;
    const outputs = [...compiler.sinks.keys()].filter(name => name !== '');
    compiler.requireNames(Object.keys(steps ?? {}), compiler.stepNames, ['tests', index, 'steps'], 'step');
    compiler.requireNames(Object.keys(lookups ?? {}), compiler.stepNames, ['tests', index, 'lookups'], 'step');
    compiler.requireNames(Object.keys(branches ?? {}), outputs, ['tests', index, 'branches'], 'branch with a sink');
    if (faults.hasErrors) continue;
    const { input, inputRecords } = test as { input?: unknown; inputRecords?: unknown };
    if (input === undefined && inputRecords === undefined) faults.add(['tests', index], 'has no input');
  }
}
