import type { Command } from 'commander';
import type {
  ConnectorInfo,
  ConnectorMetrics,
  ConnectorOffset,
  ConnectorStateInfo,
  PartitionLagInfo,
  TaskStateInfo,
} from '../../../connect/index.js';
import { columns } from '../../columns.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Description {
  readonly info: ConnectorInfo;
  readonly status: ConnectorStateInfo;
  readonly topics: readonly string[];
  readonly offsets: readonly ConnectorOffset[];
  /** Of a sink, where the worker tells it. */
  readonly lag: readonly PartitionLagInfo[];
}

/** `millrace connector describe NAME`: its states with what went wrong, its topics, offsets and configuration. */
export function addConnectorDescribe(connector: Command): void {
  connector
    .command('describe')
    .description('show states, faults, topics, offsets and configuration of connectors')
    .argument('<name...>', 'names of the connectors')
    .action(async (names: string[], _options: object, command: Command) => {
      const client = ConnectClient.of(command);
      const found: Description[] = [];
      for (const name of names) found.push(await description(client, name));
      await printLines(wantsJson(command) ? [JSON.stringify(found)] : found.flatMap(lines));
    });
}

async function description(client: ConnectClient, name: string): Promise<Description> {
  await client.require(name);
  const path = `/connectors/${segment(name)}`;
  const info = await client.get<ConnectorInfo>(path);
  const status = await client.get<ConnectorStateInfo>(`${path}/status`);
  const { offsets } = await client.get<{ offsets: readonly ConnectorOffset[] }>(`${path}/offsets`);
  // 403: the worker does not keep track of them.
  const topics = await client.find<Record<string, { topics: readonly string[] }>>(`${path}/topics`, [403, 404]);
  // Kafka Connect has no such page.
  const metrics = await client.find<ConnectorMetrics>(`${path}/metrics`);
  return { info, status, topics: topics?.[name]?.topics ?? [], offsets, lag: metrics?.partitions ?? [] };
}

function lines({ info, status, topics, offsets, lag }: Description): string[] {
  const { connector, tasks } = status;
  return [
    `${status.name}  ${status.type}  ${connector.state}  on ${connector.worker_id}`,
    ...traceLines(connector.trace),
    ...tasks.flatMap(task => [`  task ${task.id}  ${task.state}${remarks(task)}`, ...traceLines(task.trace)]),
    ...(topics.length === 0 ? [] : [`  topics  ${topics.join(', ')}`]),
    ...offsets.map(({ partition, offset }) => `  offset  ${JSON.stringify(partition)}  ${JSON.stringify(offset)}`),
    ...lag.map(lagLine),
    ...columns(
      ['  OPTION', 'VALUE'],
      Object.entries(info.config)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [`  ${key}`, value ?? 'null']),
    ),
  ];
}

function lagLine({
  kafka_topic: topic,
  kafka_partition: partition,
  lag,
  position,
  end,
  task,
}: PartitionLagInfo): string {
  const by = task === null ? 'no task has it' : `task ${task}`;
  return `  lag  ${topic}-${partition}  ${lag} ${lag === 1 ? 'record' : 'records'}  (at ${position} of ${end}, ${by})`;
}

function remarks({ restarts = 0, stalled }: TaskStateInfo): string {
  return `${restarts === 0 ? '' : `  restarted ${restarts} times`}${stalled === undefined ? '' : `  stalled: ${stalled.reason}`}`;
}

/** The message without the places in the code: those are in --json. */
function traceLines(trace: string | undefined): string[] {
  if (trace === undefined) return [];
  const message = trace.split('\n').filter(line => !/^\s+at /.test(line));
  return message.map(line => `    ${line}`);
}
