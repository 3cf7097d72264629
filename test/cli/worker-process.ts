import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { startMillrace } from './run-millrace.js';

export interface WorkerProcess {
  /** Of its REST API. */
  readonly url: string;
  readonly connectors: readonly string[];
  /** Interrupts it; its exit code. */
  stop(): Promise<number | null>;
  /** What it has logged. */
  logged(): string;
}

/** `millrace connect start`, until it says that it runs; gone with its test. */
export async function startWorkerProcess(t: ExecutionContext, cwd: string, ...args: string[]): Promise<WorkerProcess> {
  const child = startMillrace(['connect', 'start', '--json', '--port', '0', ...args], { cwd });
  t.teardown(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exit = once(child, 'exit');
  const line = once(createInterface(child.stdout!), 'line') as Promise<[string]>;
  const [first] = await Promise.race([line, exit.then(() => Promise.reject(new Error(errors)))]);
  const { rest, connectors } = JSON.parse(first) as { rest: string; connectors: string[] };
  return {
    url: rest,
    connectors,
    logged: () => errors,
    async stop() {
      child.kill('SIGINT');
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}
