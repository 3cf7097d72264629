import { type Evaluator, Failed, guarded } from './evaluator.js';
import { compileExpression, ExpressionError } from './expression.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import { isFileReference, type ModuleLoader } from './file-reference.js';
import type { FlowRecord } from './flow-record.js';
import { isUnset } from './variables.js';

type UserFunction = (value: unknown, record: FlowRecord) => unknown;

/**
 * Of a text: a JSONata expression, or the function that `./FILE#NAME` names. Of an object or a list: the same with each text in it. A
 * number, true, false and null are themselves. Undefined, with the faults noted, for what is none of these.
 */
export async function compileEvaluator(
  given: unknown,
  path: Path,
  faults: FaultList,
  modules: ModuleLoader,
): Promise<Evaluator | undefined> {
  if (typeof given === 'function') return ofFunction(given as UserFunction);
  if (typeof given === 'string') {
    if (isUnset(given)) return { isInOrder: false, evaluate: () => undefined };
    if (!isFileReference(given)) return ofExpression(given, path, faults);
    const loaded = await modules.load(given, path, faults);
    if (typeof loaded === 'function') return ofFunction(loaded as UserFunction, modules.pathOf(given));
    if (loaded !== undefined) faults.add(path, `${given} is no function`);
    return undefined;
  }
  if (typeof given === 'object' && given !== null) return await ofParts(given, path, faults, modules);
  if (given === undefined) {
    faults.add(path, 'must be an expression');
    return undefined;
  }
  return { isInOrder: false, evaluate: () => given };
}

function ofFunction(call: UserFunction, file?: string): Evaluator {
  return { isInOrder: true, file, evaluate: record => call(record.value, record) };
}

function ofExpression(text: string, path: Path, faults: FaultList): Evaluator | undefined {
  if (text.trim() === '') {
    faults.add(path, 'must be an expression');
    return undefined;
  }
  try {
    return compileExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    faults.add(path, `${error.message} (at character ${error.position + 1} of ${JSON.stringify(text)})`, {
      offset: error.position,
    });
    return undefined;
  }
}

async function ofParts(
  given: object,
  path: Path,
  faults: FaultList,
  modules: ModuleLoader,
): Promise<Evaluator | undefined> {
  const isList = Array.isArray(given);
  const entries = Object.entries(given);
  const parts: Evaluator[] = [];
  for (const [key, part] of entries) {
    const at = [...path, isList ? Number(key) : key];
    const evaluator = await compileEvaluator(part, at, faults, modules);
    if (evaluator !== undefined) parts.push(evaluator);
  }
  if (parts.length < entries.length) return undefined;
  const names = entries.map(([key]) => key);
  const put = (results: readonly unknown[]): unknown => (isList ? listOf(results) : objectOf(names, results));
  return {
    isInOrder: parts.some(part => part.isInOrder),
    evaluate: record => {
      const results: unknown[] = [];
      let isAwaited = false;
      for (const part of parts) {
        const result = guarded(part, record);
        if (result instanceof Promise) isAwaited = true;
        results.push(result);
      }
      return isAwaited ? Promise.all(results).then(put) : put(results);
    },
  };
}

/** A field whose expression gives nothing is left out, as in JSONata. */
function objectOf(names: readonly string[], results: readonly unknown[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (let index = 0; index < results.length; index++) {
    const result = results[index];
    if (result instanceof Failed) throw new Error(`${names[index]}: ${result.error.message}`, { cause: result.error });
    if (result !== undefined) made[names[index]!] = result;
  }
  return made;
}

function listOf(results: readonly unknown[]): unknown[] {
  return results.map(result => {
    if (result instanceof Failed) throw result.error;
    return result ?? null;
  });
}
