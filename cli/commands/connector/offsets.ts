import type { Command } from 'commander';
import type { ConnectorOffset, ConnectorStateInfo } from '../../../connect/index.js';
import { columns } from '../../columns.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { InvalidInput } from '../../exit-code.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly set?: string;
  readonly reset?: boolean;
}

/** `millrace connector offsets NAME`: how far it has come; with --set or --reset, of a stopped connector, where it goes on. */
export function addConnectorOffsets(connector: Command): void {
  connector
    .command('offsets')
    .description('show how far a connector has come, or change where a stopped one goes on')
    .argument('<name>', 'name of the connector')
    .option('--set <json>', '[{"partition": {...}, "offset": {...}}], as this command shows them with --json')
    .option('--reset', 'forget all: it begins anew')
    .action(async (name: string, options: Options, command: Command) => {
      if (options.set !== undefined && options.reset) throw new InvalidInput('give --set or --reset, not both');
      const client = ConnectClient.of(command);
      await client.require(name);
      if (options.set !== undefined || options.reset) await requireStopped(client, name);
      const path = `/connectors/${segment(name)}/offsets`;
      const message = await changed(client, path, options);
      if (message !== undefined) return await printLines([wantsJson(command) ? JSON.stringify({ message }) : message]);
      const { offsets } = await client.get<{ offsets: readonly ConnectorOffset[] }>(path);
      if (wantsJson(command)) return await printLines([JSON.stringify(offsets)]);
      const rows = offsets.map(({ partition, offset }) => [JSON.stringify(partition), JSON.stringify(offset)]);
      await printLines(columns(['PARTITION', 'OFFSET'], rows));
    });
}

/** The worker would name an endpoint. */
async function requireStopped(client: ConnectClient, name: string): Promise<void> {
  const { connector } = await client.get<ConnectorStateInfo>(`/connectors/${segment(name)}/status`);
  if (connector.state === 'STOPPED') return;
  throw new InvalidInput(
    `${name} is ${connector.state}: stop it before its offsets are changed (millrace connector stop ${name})`,
  );
}

async function changed(client: ConnectClient, path: string, { set, reset }: Options): Promise<string | undefined> {
  if (reset === true) return (await client.delete<{ message: string }>(path)).message;
  if (set === undefined) return undefined;
  let offsets: unknown;
  try {
    offsets = JSON.parse(set);
  } catch (error) {
    throw new InvalidInput(`--set is no JSON: ${(error as Error).message}`);
  }
  // The body of Kafka Connect's PATCH is taken as it stands too.
  const given = (offsets as { offsets?: unknown } | null)?.offsets ?? offsets;
  const list = Array.isArray(given) ? given : [given];
  return (await client.patch<{ message: string }>(path, { offsets: list })).message;
}
