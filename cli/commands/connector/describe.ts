import type { Command } from 'commander';
import type { ConnectorInfo, ConnectorOffset, ConnectorStateInfo, TaskStateInfo } from '../../../connect/index.js';
import { columns } from '../../columns.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Description {
  readonly info: ConnectorInfo;
  readonly status: ConnectorStateInfo;
  readonly topics: readonly string[];
  readonly offsets: readonly ConnectorOffset[];
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
  const topics = await client.get<Record<string, { topics: readonly string[] }>>(`${path}/topics`);
  return { info, status, topics: topics[name]?.topics ?? [], offsets };
}

function lines({ info, status, topics, offsets }: Description): string[] {
  const { connector, tasks } = status;
  return [
    `${status.name}  ${status.type}  ${connector.state}  on ${connector.worker_id}`,
    ...traceLines(connector.trace),
    ...tasks.flatMap(task => [`  task ${task.id}  ${task.state}${remarks(task)}`, ...traceLines(task.trace)]),
    ...(topics.length === 0 ? [] : [`  topics  ${topics.join(', ')}`]),
    ...offsets.map(({ partition, offset }) => `  offset  ${JSON.stringify(partition)}  ${JSON.stringify(offset)}`),
    ...columns(
      ['  OPTION', 'VALUE'],
      Object.entries(info.config)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [`  ${key}`, value ?? 'null']),
    ),
  ];
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
