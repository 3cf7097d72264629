import type { Command } from 'commander';
import { ConnectClient, segment } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

/** `millrace connector delete NAME...`: their offsets stay, so that one made again under the name goes on. */
export function addConnectorDelete(connector: Command): void {
  connector
    .command('delete')
    .description('delete connectors; their offsets stay')
    .argument('<name...>', 'names of the connectors')
    .action(async (names: string[], _options: object, command: Command) => {
      const client = ConnectClient.of(command);
      for (const name of names) await client.require(name);
      for (const name of names) await client.delete(`/connectors/${segment(name)}`);
      await printLines(wantsJson(command) ? [JSON.stringify(names)] : names.map(name => `deleted ${name}`));
    });
}
