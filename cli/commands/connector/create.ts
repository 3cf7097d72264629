import type { Command } from 'commander';
import type { ConnectorInfo } from '../../../connect/index.js';
import { ConnectClient } from '../../connect-client.js';
import { type DescribedConnector, readConnectors, requireDistinct } from '../../connector-file.js';
import { InvalidInput } from '../../exit-code.js';
import { printLines } from '../../output.js';
import { parsePairs } from '../../pairs.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly file: readonly string[];
  readonly option: readonly string[];
  readonly state?: string;
}

/** `millrace connector create -f FILE`, or `create NAME -o connector.class=... -o ...`. Refused where there is one of that name. */
export function addConnectorCreate(connector: Command): void {
  connector
    .command('create')
    .description('make connectors: one by name and options, or those that files describe')
    .argument('[name]', 'name of the connector')
    .option('-f, --file <file...>', 'properties, JSON or YAML; - is standard input', [])
    .option('-o, --option <name=value...>', 'options of the connector, such as connector.class=FileStreamSource', [])
    .option('--state <state>', 'begin RUNNING (default), PAUSED or STOPPED')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      const client = ConnectClient.of(command);
      const made: ConnectorInfo[] = [];
      for (const each of await described(name, options)) {
        const initialState = options.state ?? each.initialState;
        const body = { name: each.name, config: each.config, ...(initialState && { initial_state: initialState }) };
        made.push(await client.post<ConnectorInfo>('/connectors', body, each.name));
      }
      await printLines(
        wantsJson(command) ? [JSON.stringify(made)] : made.map(info => `created ${info.name} (${info.type})`),
      );
    });
}

async function described(name: string | undefined, { file, option }: Options): Promise<readonly DescribedConnector[]> {
  if (file.length > 0 && (name !== undefined || option.length > 0))
    throw new InvalidInput('--file says what the connectors are called and how they are: give it alone');
  if (file.length > 0) {
    const connectors = (await Promise.all(file.map(readConnectors))).flat();
    requireDistinct(connectors);
    return connectors;
  }
  if (name === undefined) throw new InvalidInput('give a name and its options (-o connector.class=...), or --file');
  const config = Object.fromEntries(parsePairs(option, '--option'));
  if (!('connector.class' in config))
    throw new InvalidInput(
      `${name}: say which connector it is: -o connector.class=... (see millrace connector plugins)`,
    );
  return [{ name, config: { ...config, name } }];
}
