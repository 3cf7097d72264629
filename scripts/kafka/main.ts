// Apache Kafka for tests: `npm run kafka -- start --nodes 3`, and `npm run test:kafka` runs the suites against it.

import { parseArgs } from 'node:util';
import { kafkaClassPath, newestKafka } from './kafka-jars.js';
import { type KafkaTool, runKafkaTool } from './kafka-tools.js';
import { MissingEngine } from './missing-engine.js';
import { startKafka } from './start-kafka.js';
import { testByUrl } from './test-by-url.js';

const usage = `install [--version 3.9]            get Apache Kafka (${newestKafka} by default) and its tools by Maven
start [--nodes 1|3] [--version 3.9] [--port N] [--set NAME=VALUE ...] [--server]
                                    start it on 127.0.0.1, print its URL, stop and remove it at the end of input or Ctrl-C;
                                    --server: with the JVM flags of Kafka's own start script, for benches
tool NAME ARGS...                   run one of Apache's command line tools
test [--nodes 1,3] [--version 3.9] [--short] [AVA'S ARGUMENTS...]
                                    run the suites against it, or against the cluster that MILLRACE_TEST_URL names`;

const options = {
  nodes: { type: 'string' },
  version: { type: 'string' },
  port: { type: 'string' },
  set: { type: 'string', multiple: true },
  short: { type: 'boolean' },
  server: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === 'tool') return await tool(args);
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (command === 'install') console.log(kafkaClassPath(values.version).split(':').length, 'jars are there');
  else if (command === 'start') await start(values);
  else if (command === 'test') process.exitCode = await testByUrl({ ...values, arguments: positionals });
  else console.log(usage);
}

async function tool([name, ...args]: readonly string[]): Promise<void> {
  const { stdout, stderr, status } = await runKafkaTool(name as KafkaTool, args);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = status ?? 1;
}

async function start(values: Options): Promise<void> {
  const settings = Object.fromEntries((values.set ?? []).map(each => each.split(/=(.*)/s).slice(0, 2)));
  const { version } = values;
  const cluster = await startKafka({
    nodes: values.nodes === '3' ? 3 : 1,
    settings,
    jvm: values.server === true ? 'server' : 'quick',
    ...(version !== undefined && { version }),
    ...(values.port !== undefined && { port: Number(values.port) }),
  });
  console.log(cluster.url);
  console.error('Ctrl-C stops and removes it, and so does the end of its standard input.');
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.stdin.once('end', () => resolve()).resume();
  });
  process.stdin.pause();
  await cluster.stop();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof MissingEngine)) throw error;
  console.error(`left out: Apache Kafka, as ${error.message}`);
});
