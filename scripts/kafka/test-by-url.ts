// Runs the suites above the log against a cluster: the same files as `npm test`, by MILLRACE_TEST_URL, and those of test/kafka.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startKafka } from './start-kafka.js';

export interface TestByUrlOptions {
  /** Numbers of nodes, one run each: `1,3` by default. */
  readonly nodes?: string | undefined;
  readonly version?: string | undefined;
  /** Only what is quick, on one node. */
  readonly short?: boolean | undefined;
  /** For ava, in place of all suites. */
  readonly arguments: readonly string[];
}

/** Returns the exit code: that of the first run that failed. */
export async function testByUrl(options: TestByUrlOptions): Promise<number> {
  const given = process.env['MILLRACE_TEST_URL'];
  if (given !== undefined) return await runSuites(given, options);
  const counts = (options.nodes ?? (options.short ? '1' : '1,3')).split(',').map(Number);
  let code = 0;
  for (const nodes of counts) {
    const { version } = options;
    const cluster = await startKafka({ nodes: nodes === 3 ? 3 : 1, ...(version !== undefined && { version }) });
    console.log(`Apache Kafka ${cluster.version}, ${nodes === 1 ? 'one node' : `${nodes} nodes`}: ${cluster.url}`);
    try {
      code ||= await runSuites(cluster.url, options);
    } finally {
      await cluster.stop();
    }
  }
  return code;
}

async function runSuites(url: string, options: TestByUrlOptions): Promise<number> {
  const config = options.short ? 'ava.kafka-short.config.mjs' : 'ava.kafka.config.mjs';
  const child = spawn('npx', ['ava', '--config', config, ...options.arguments], {
    stdio: 'inherit',
    env: { ...process.env, MILLRACE_TEST_URL: url },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
