import type { Command } from 'commander';
import { addConnectorApply } from './apply.js';
import { addConnectorCreate } from './create.js';
import { addConnectorDelete } from './delete.js';
import { addConnectorDescribe } from './describe.js';
import { addConnectorList } from './list.js';
import { addConnectorOffsets } from './offsets.js';
import { addConnectorPlugins } from './plugins.js';
import { addConnectorRestart } from './restart.js';
import { addConnectorTargetStates } from './target-state.js';
import { addConnectorValidate } from './validate.js';

/** `millrace connector ...`: all over the REST API of a worker. */
export function addConnector(root: Command): void {
  const connector = root
    .command('connector')
    .description('look after the connectors of a Connect worker (--connect-url)');
  addConnectorPlugins(connector);
  addConnectorValidate(connector);
  addConnectorCreate(connector);
  addConnectorApply(connector);
  addConnectorList(connector);
  addConnectorDescribe(connector);
  addConnectorTargetStates(connector);
  addConnectorRestart(connector);
  addConnectorOffsets(connector);
  addConnectorDelete(connector);
}
