import type { Command } from 'commander';
import { ConnectClient } from '../../connect-client.js';
import { readConnectors } from '../../connector-file.js';
import { InvalidConnectors } from '../../invalid-connectors.js';
import { printLines } from '../../output.js';
import { wantsJson } from '../../place.js';
import { validated } from '../../validated.js';

/** `millrace connector validate FILE`: asks the worker what is wrong, and changes nothing. Exit code 2 when something is. */
export function addConnectorValidate(connector: Command): void {
  connector
    .command('validate')
    .description('say what is wrong with the connectors that files describe; changes nothing')
    .argument('<file...>', 'properties, JSON or YAML; - is standard input')
    .action(async (files: string[], _options: object, command: Command) => {
      const client = ConnectClient.of(command);
      const answers: { name: string; errors: readonly { key: string; message: string }[] }[] = [];
      for (const file of files) {
        for (const each of await readConnectors(file)) {
          answers.push({ name: each.name, errors: await validated(client, each) });
        }
      }
      const faults = answers.flatMap(({ name, errors }) => errors.map(error => ({ connector: name, ...error })));
      await printLines(
        wantsJson(command)
          ? [JSON.stringify(answers)]
          : answers.filter(({ errors }) => errors.length === 0).map(({ name }) => `${name} is valid`),
      );
      if (faults.length > 0) throw new InvalidConnectors(faults);
    });
}
