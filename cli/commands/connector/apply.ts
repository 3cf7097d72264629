import type { Command } from 'commander';
import { ConnectClient, segment } from '../../connect-client.js';
import { type DescribedConnector, readConnectors, requireDistinct } from '../../connector-file.js';
import { type ConnectorFault, InvalidConnectors } from '../../invalid-connectors.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';
import { validated } from '../../validated.js';

interface Options {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
  readonly diff?: boolean;
}

interface Change {
  readonly name: string;
  readonly action: 'created' | 'changed' | 'unchanged';
  readonly options: readonly { readonly key: string; readonly from?: string | null; readonly to?: string | null }[];
}

/** As the worker shows a secret. */
const hidden = '[hidden]';

/** `millrace connector apply -f FILE`: makes what files describe so, and leaves alone what is so already. */
export function addConnectorApply(connector: Command): void {
  connector
    .command('apply')
    .description('make connectors as files describe them: create, change, or leave alone')
    .requiredOption('-f, --file <file...>', 'properties, JSON or YAML; - is standard input')
    .option('--dry-run', 'validate, say what would be done, and do nothing')
    .option('--diff', 'show which options change')
    .action(async (options: Options, command: Command) => {
      const client = ConnectClient.of(command);
      const described = (await Promise.all(options.file.map(readConnectors))).flat();
      requireDistinct(described);
      const changes: Change[] = [];
      for (const each of described) changes.push(await changeOf(client, each));
      await requireValid(client, described);
      if (options.dryRun !== true) await apply(client, described, changes);
      await printLines(wantsJson(command) ? [JSON.stringify(changes)] : changes.flatMap(each => lines(each, options)));
    });
}

async function changeOf(client: ConnectClient, { name, config }: DescribedConnector): Promise<Change> {
  const present = await client.find<Record<string, string | null>>(`/connectors/${segment(name)}/config`);
  const keys = [...new Set([...Object.keys(present ?? {}), ...Object.keys(config)])].sort();
  const options = keys
    .filter(key => present?.[key] !== config[key])
    .map(key => ({
      key,
      ...(present !== undefined && key in present && { from: present[key]! }),
      // What the worker hides stays hidden: whether it changes cannot be told.
      ...(key in config && { to: present?.[key] === hidden ? hidden : config[key]! }),
    }));
  return { name, action: present === undefined ? 'created' : options.length > 0 ? 'changed' : 'unchanged', options };
}

/** All are looked at before the first is changed. */
async function requireValid(client: ConnectClient, described: readonly DescribedConnector[]): Promise<void> {
  const faults: ConnectorFault[] = [];
  for (const each of described) {
    for (const fault of await validated(client, each)) faults.push({ connector: each.name, ...fault });
  }
  if (faults.length > 0) throw new InvalidConnectors(faults);
}

async function apply(
  client: ConnectClient,
  described: readonly DescribedConnector[],
  changes: readonly Change[],
): Promise<void> {
  for (const [at, { name, config, initialState }] of described.entries()) {
    const { action } = changes[at]!;
    const begins = initialState === undefined ? {} : { initial_state: initialState };
    if (action === 'created') await client.post('/connectors', { name, config, ...begins });
    if (action === 'changed') await client.put(`/connectors/${segment(name)}/config`, config);
  }
}

function lines({ name, action, options }: Change, { dryRun, diff }: Options): string[] {
  const would = dryRun === true && action !== 'unchanged' ? `would be ${action}` : action;
  const shown = diff === true ? options : [];
  return [
    `${name} ${would}`,
    ...shown.flatMap(({ key, from, to }) => [
      ...(from === undefined ? [] : [`  - ${key}=${from}`]),
      ...(to === undefined ? [] : [`  + ${key}=${to}${to === hidden ? ' (cannot be compared)' : ''}`]),
    ]),
  ];
}
