import type { Command } from 'commander';
import type { ConfigKeyInfo, PluginInfo } from '../../../connect/index.js';
import { columns } from '../../columns.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly all?: boolean;
}

/** `millrace connector plugins [CLASS]`: what `connector.class` may name; with a class, its options. */
export function addConnectorPlugins(connector: Command): void {
  connector
    .command('plugins')
    .description('list the connectors that a worker can run, or the options of one')
    .argument('[class]', 'show the options of this one')
    .option('-a, --all', 'converters, transforms and predicates too')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      const client = ConnectClient.of(command);
      if (name === undefined) return await list(client, options.all === true, wantsJson(command));
      const keys = await client.get<readonly ConfigKeyInfo[]>(`/connector-plugins/${segment(name)}/config`);
      if (wantsJson(command)) return await printLines([JSON.stringify(keys)]);
      const rows = keys.map(key => [key.name, key.type.toLowerCase(), defaultOf(key), key.documentation]);
      await printLines(columns(['OPTION', 'TYPE', 'DEFAULT', 'MEANING'], rows));
    });
}

async function list(client: ConnectClient, isAll: boolean, isJson: boolean): Promise<void> {
  const plugins = await client.get<readonly PluginInfo[]>(`/connector-plugins?connectorsOnly=${!isAll}`);
  if (isJson) return await printLines([JSON.stringify(plugins)]);
  const rows = plugins.map(plugin => [plugin.class, plugin.type, plugin.version ?? '-']);
  await printLines(columns(['CLASS', 'TYPE', 'VERSION'], rows));
}

function defaultOf({ required, default_value }: ConfigKeyInfo): string {
  return required ? '(required)' : (default_value ?? '-');
}
