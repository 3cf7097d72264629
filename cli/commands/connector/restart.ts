import type { Command } from 'commander';
import type { ConnectorStateInfo } from '../../../connect/index.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { InvalidInput } from '../../exit-code.js';
import { wholeNumber } from '../../number-option.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly includeTasks?: boolean;
  readonly onlyFailed?: boolean;
  readonly task?: number;
}

interface Restarting {
  readonly connector: boolean;
  readonly tasks: readonly number[];
}

/** `millrace connector restart NAME`: the connector and its tasks, only those that failed, the connector alone, or one task. */
export function addConnectorRestart(connector: Command): void {
  connector
    .command('restart')
    .description('restart a connector with its tasks')
    .argument('<name>', 'name of the connector')
    .option('--include-tasks', 'its tasks too (default)')
    .option('--no-include-tasks', 'not its tasks, as the REST API does without includeTasks')
    .option('--only-failed', 'only what has failed')
    .option('--task <number>', 'only this task', wholeNumber(0))
    .action(async (name: string, options: Options, command: Command) => {
      const { task } = options;
      const isMixed = options.onlyFailed === true || command.getOptionValueSource('includeTasks') === 'cli';
      if (task !== undefined && isMixed)
        throw new InvalidInput('--task restarts that one task: leave out --only-failed and --include-tasks');
      const client = ConnectClient.of(command);
      await client.require(name);
      const status = await client.get<ConnectorStateInfo>(`/connectors/${segment(name)}/status`);
      if (status.connector.state === 'STOPPED')
        throw new InvalidInput(`${name} is stopped, so there is nothing to restart: millrace connector resume ${name}`);
      const restarting =
        task === undefined ? await restart(client, name, options) : await restartTask(client, status, task);
      await printLines([
        wantsJson(command) ? JSON.stringify({ name, task: task ?? null, ...restarting }) : said(name, restarting),
      ]);
    });
}

async function restart(client: ConnectClient, name: string, options: Options): Promise<Restarting> {
  const { includeTasks = true, onlyFailed = false } = options;
  const query = new URLSearchParams({ includeTasks: String(includeTasks), onlyFailed: String(onlyFailed) });
  const planned = await client.post<ConnectorStateInfo | undefined>(`/connectors/${segment(name)}/restart?${query}`);
  // Without either there is no answer: the connector, and nothing else.
  if (planned === undefined) return { connector: true, tasks: [] };
  const tasks = planned.tasks.filter(({ state }) => state === 'RESTARTING').map(({ id }) => id);
  return { connector: planned.connector.state === 'RESTARTING', tasks };
}

async function restartTask(
  client: ConnectClient,
  { name, tasks }: ConnectorStateInfo,
  task: number,
): Promise<Restarting> {
  if (!tasks.some(({ id }) => id === task)) {
    const known = tasks.length === 0 ? 'none now' : tasks.map(({ id }) => id).join(', ');
    throw new InvalidInput(`${name} has no task ${task} (its tasks: ${known})`);
  }
  await client.post(`/connectors/${segment(name)}/tasks/${task}/restart`);
  return { connector: false, tasks: [task] };
}

function said(name: string, { connector, tasks }: Restarting): string {
  const numbered = `${tasks.length === 1 ? 'task' : 'tasks'} ${tasks.join(', ')}`;
  if (tasks.length === 0) return connector ? `${name} will restart` : `${name}: nothing has failed, nothing restarts`;
  return connector ? `${name} will restart with ${numbered}` : `${name}: ${numbered} will restart`;
}
