import { Command, CommanderError } from 'commander';
import { addConnectStart } from './commands/connect-start.js';
import { addConnector } from './commands/connector/add-connector.js';
import { addConsume } from './commands/consume.js';
import { addDlq } from './commands/dlq/add-dlq.js';
import { addGroupDelete } from './commands/group-delete.js';
import { addGroupDeleteOffsets } from './commands/group-delete-offsets.js';
import { addGroupDescribe } from './commands/group-describe.js';
import { addGroupList } from './commands/group-list.js';
import { addGroupReset } from './commands/group-reset.js';
import { addPipeline } from './commands/pipeline/add-pipeline.js';
import { addProduce } from './commands/produce.js';
import { addRun } from './commands/run.js';
import { addTopicCreate } from './commands/topic-create.js';
import { addTopicDelete } from './commands/topic-delete.js';
import { addTopicDescribe } from './commands/topic-describe.js';
import { addTopicList } from './commands/topic-list.js';
import { exitCodeOf, exitCodes, failureText } from './exit-code.js';
import { packageVersion } from './package-version.js';
import { collect } from './repeated-option.js';
import { applySettings } from './settings.js';

/** Runs one command line to its end and resolves with the exit code; what went wrong is one line on stderr. */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return commanderExitCode(error, args);
    process.stderr.write(`${failureText(error)}\n`);
    return exitCodeOf(error);
  }
}

/** All commands with their options. */
export function program(): Command {
  const root = new Command('millrace')
    .description('Topics, consumer groups and stream applications of a Millrace log.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('-d, --data <dir>', 'the data directory of an embedded log (default: ./data)')
    .option('--url <url>', 'where the log is: file:./data, or a cluster such as kafka://host:9092,host2:9092')
    .option(
      '-X, --property <name=value>',
      'a property of Kafka clients, such as security.protocol=SASL_SSL',
      collect,
      [],
    )
    .option('--command-config <file>', 'a file of such properties, as the tools of Kafka take it')
    .option('--connect-url <url>', 'the REST API of a Connect worker (default: http://127.0.0.1:8083)')
    .option('--connect-user <user:password>', 'for a worker that asks for a user')
    .option('--connect-token <token>', 'for a worker that asks for a token')
    .option('--json', 'print JSON')
    .option('--config <file>', 'settings (default: millrace.config.json or .millrace.json, where there is one)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .addHelpText('after', settingsHelp);
  addRun(root);
  const topic = root.command('topic').description('list, create, describe and delete topics');
  addTopicList(topic);
  addTopicCreate(topic);
  addTopicDescribe(topic);
  addTopicDelete(topic);
  addProduce(root);
  addConsume(root);
  const group = root.command('group').description('list, describe, reset and delete consumer groups');
  addGroupList(group);
  addGroupDescribe(group);
  addGroupReset(group);
  addGroupDeleteOffsets(group);
  addGroupDelete(group);
  addPipeline(root);
  addConnectStart(root.command('connect').description('run connectors, with the REST API of Kafka Connect'));
  addConnector(root);
  addDlq(root);
  root.hook('preAction', (_, command) => applySettings(root, command));
  return root;
}

const settingsHelp = `
Each option may also come from the environment (MILLRACE_DATA, MILLRACE_CONSUME_FORMAT) or from the settings file
({"data": "./data", "consume": {"format": "%v\\n"}}); flags win over the environment, the environment over the file.

Exit codes: 0 ok, 1 failed, 2 invalid, 3 unreachable.`;

/** Commander has judged the command line: help and version went to stdout, all else becomes one line on stderr. */
function commanderExitCode(error: CommanderError, args: readonly string[]): number {
  if (error.exitCode === 0) return exitCodes.ok;
  const text =
    error.code === 'commander.help'
      ? `no command given (see ${['millrace', ...args.filter(arg => /^[a-z]+$/.test(arg)).slice(0, 1)].join(' ')} --help)`
      : error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`millrace: ${text}\n`);
  return exitCodes.invalid;
}
