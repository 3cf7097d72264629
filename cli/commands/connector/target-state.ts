import type { Command } from 'commander';
import { ConnectClient, segment } from '../../connect-client.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';

const verbs = {
  pause: { description: 'stop taking records; the tasks stay', done: 'will pause' },
  resume: { description: 'go on after a pause or a stop', done: 'will run' },
  stop: { description: 'end the tasks; offsets may then be changed', done: 'will stop' },
} as const;

/** `millrace connector pause|resume|stop NAME...`: what holds until it is changed, also over restarts of the worker. */
export function addConnectorTargetStates(connector: Command): void {
  for (const [verb, { description, done }] of Object.entries(verbs)) {
    connector
      .command(verb)
      .description(description)
      .argument('<name...>', 'names of the connectors')
      .action(async (names: string[], _options: object, command: Command) => {
        const client = ConnectClient.of(command);
        for (const name of names) await client.require(name);
        for (const name of names) await client.put(`/connectors/${segment(name)}/${verb}`);
        await printLines(wantsJson(command) ? [JSON.stringify(names)] : names.map(name => `${name} ${done}`));
      });
  }
}
