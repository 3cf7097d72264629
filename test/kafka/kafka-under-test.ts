import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { MissingEngine } from '../../scripts/kafka/missing-engine.js';
import { type JavaRun, type RunJavaOptions, runJava } from '../../scripts/kafka/run-java.js';
import { leaveOut } from '../core/places.js';

const url = process.env['MILLRACE_TEST_URL'];

/** The cluster that MILLRACE_TEST_URL names; undefined, and said so, where it names none. */
export function kafkaUnderTest(t: ExecutionContext): { readonly url: string; readonly bootstrap: string } | undefined {
  if (url?.startsWith('kafka://')) return { url, bootstrap: url.slice('kafka://'.length) };
  leaveOut(t, 'a Kafka cluster named by MILLRACE_TEST_URL (npm run test:kafka starts one)');
  return undefined;
}

/** Runs a source file of test/kafka/java; undefined, and said so, where there is no Java. Throws what it printed when it failed. */
export async function javaProgram(
  t: ExecutionContext,
  file: string,
  args: readonly string[],
  options?: RunJavaOptions,
): Promise<string | undefined> {
  const path = join(import.meta.dirname, '../../../test/kafka/java', file);
  return await printedBy(t, `${file} ${args.join(' ')}`, () => runJava(path, args, options));
}

/** What a Java program printed; undefined, and said so, where it cannot run here. */
export async function printedBy(
  t: ExecutionContext,
  what: string,
  run: () => Promise<JavaRun>,
): Promise<string | undefined> {
  try {
    const { stdout, stderr, status } = await run();
    if (status !== 0) throw new Error(`${what} ended with ${status}: ${stdout.slice(-1000)}${stderr.slice(-3000)}`);
    return stdout;
  } catch (error) {
    if (!(error instanceof MissingEngine)) throw error;
    leaveOut(t, `${what}, as ${error.message}`);
    return undefined;
  }
}
