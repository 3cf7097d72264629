import type { Command } from 'commander';
import type { ConnectorStateInfo } from '../../../connect/index.js';
import { ConnectClient, segment } from '../../connect-client.js';
import { InvalidInput } from '../../exit-code.js';
import { wholeNumber } from '../../number-option.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

interface Options {
  readonly onlyFailed?: boolean;
  readonly task?: number;
}

/** `millrace connector restart NAME`: the connector and its tasks, only those that failed, or one task. */
export function addConnectorRestart(connector: Command): void {
  connector
    .command('restart')
    .description('restart a connector with its tasks')
    .argument('<name>', 'name of the connector')
    .option('--only-failed', 'only what has failed')
    .option('--task <number>', 'only this task', wholeNumber(0))
    .action(async (name: string, { onlyFailed, task }: Options, command: Command) => {
      if (onlyFailed && task !== undefined) throw new InvalidInput('give --only-failed or --task, not both');
      const client = ConnectClient.of(command);
      await client.require(name);
      const path = `/connectors/${segment(name)}`;
      const { connector: present } = await client.get<ConnectorStateInfo>(`${path}/status`);
      if (present.state === 'STOPPED')
        throw new InvalidInput(`${name} is stopped, so there is nothing to restart: millrace connector resume ${name}`);
      if (task !== undefined) await client.post(`${path}/tasks/${task}/restart`);
      else await client.post(`${path}/restart?includeTasks=true&onlyFailed=${onlyFailed === true}`);
      const what = task === undefined ? name : `${name}, task ${task},`;
      await printLines([wantsJson(command) ? JSON.stringify({ name, task: task ?? null }) : `${what} will restart`]);
    });
}
