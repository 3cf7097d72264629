import type { Command } from 'commander';
import type { ConnectorInfo, ConnectorStateInfo } from '../../../connect/index.js';
import { columns } from '../../columns.js';
import { ConnectClient } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

type Facts = Readonly<Record<string, { readonly status: ConnectorStateInfo; readonly info: ConnectorInfo }>>;

/** `millrace connector list`: the connectors of a worker, and how they are. */
export function addConnectorList(connector: Command): void {
  connector
    .command('list')
    .description('list the connectors of a worker, with their states')
    .action(async (_options: object, command: Command) => {
      const facts = await ConnectClient.of(command).get<Facts>('/connectors?expand=status&expand=info');
      const rows = Object.keys(facts)
        .sort()
        .map(name => rowOf(facts[name]!));
      if (wantsJson(command)) return await printLines([JSON.stringify(rows)]);
      const table = rows.map(row => [row.name, row.type, row.state, `${row.running}/${row.tasks}`, row.class]);
      await printLines(columns(['NAME', 'TYPE', 'STATE', 'RUNNING', 'CLASS'], table));
    });
}

function rowOf({ status, info }: Facts[string]) {
  return {
    name: status.name,
    type: status.type,
    state: status.connector.state,
    tasks: status.tasks.length,
    running: status.tasks.filter(({ state }) => state === 'RUNNING').length,
    failed: status.tasks.filter(({ state }) => state === 'FAILED').map(({ id }) => id),
    stalled: status.tasks.filter(({ stalled }) => stalled !== undefined).map(({ id }) => id),
    class: info.config['connector.class'] ?? '',
  };
}
