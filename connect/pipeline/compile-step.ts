import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';
import { isFileReference } from './file-reference.js';
import type { Step } from './step.js';
import type { StepMaking } from './step-kind.js';
import { stepKinds } from './step-kinds.js';

const words = stepKinds.map(kind => kind.word);

/** What the steps of one pipeline share. */
export interface StepCompiler
  extends Pick<StepMaking, 'faults' | 'evaluator' | 'steps' | 'output' | 'lookup' | 'load'> {
  /** Of the steps made so far. */
  readonly stepNames: string[];
}

/** A step is an object of its word (and a `name`), or a function alone: that is a `map`. */
export async function compileStep(compiler: StepCompiler, given: unknown, path: Path): Promise<Step | undefined> {
  const { faults } = compiler;
  const isFunction = typeof given === 'function' || (typeof given === 'string' && isFileReference(given));
  const step = isFunction ? { map: given } : given;
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    faults.add(path, `must be a step: one of ${words.join(', ')}, or ./FILE#FUNCTION`);
    return undefined;
  }
  const { name: givenName, ...rest } = step as Record<string, unknown>;
  const keys = Object.keys(rest);
  const word = keys.find(key => words.includes(key));
  for (const key of keys) {
    if (key === word) continue;
    const hint = word === undefined ? didYouMean(key, words) : ': a step has one word, and a name';
    faults.add(
      [...path, key],
      word === undefined ? `there is no step "${key}"${hint}` : `"${key}" does not belong here${hint}`,
      { isKey: true },
    );
  }
  if (word === undefined) {
    if (keys.length === 0) faults.add(path, `must be one of ${words.join(', ')}`);
    return undefined;
  }
  const name = nameOf(compiler, givenName, word, path);
  const kind = stepKinds.find(each => each.word === word)!;
  const made = await kind.make(rest[word], {
    name,
    path: isFunction ? path : [...path, word],
    faults,
    evaluator: (value, at) => compiler.evaluator(value, at),
    steps: (value, at) => compiler.steps(value, at),
    output: (output, sink, at) => compiler.output(output, sink, at),
    lookup: (from, at) => compiler.lookup(from, at),
    load: (reference, at) => compiler.load(reference, at),
  });
  return made === undefined ? undefined : Object.assign(made, { place: faults.whereIs(path) });
}

function nameOf(compiler: StepCompiler, given: unknown, word: string, path: Path): string {
  const { faults, stepNames } = compiler;
  if (given !== undefined && (typeof given !== 'string' || given.trim() === ''))
    faults.add([...path, 'name'], 'must be a text');
  const base = typeof given === 'string' ? given : word;
  if (typeof given === 'string' && stepNames.includes(given))
    faults.add([...path, 'name'], `there is a step "${given}" already: names are unique`);
  let name = base;
  for (let count = 2; stepNames.includes(name); count++) name = `${base}-${count}`;
  stepNames.push(name);
  return name;
}
