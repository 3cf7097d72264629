import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { ConnectorPlugin, RestServer, Worker } from '../../connect/index.js';
import type { Log } from '../../core/index.js';
import { isPath, loadPlugins, ownPlugins } from '../connect-plugins.js';
import { type DescribedConnector, describedConnector, readObjects, requireDistinct } from '../connector-file.js';
import { InvalidInput } from '../exit-code.js';
import { interruptSignal } from '../interrupt.js';
import { listedFaults } from '../invalid-connectors.js';
import { wholeNumber } from '../number-option.js';
import { printLines } from '../output.js';
import { packageVersion } from '../package-version.js';
import { type ConnectAs, rootOf, wantsJson, withLog } from '../place.js';
import { readSecretsKey, secretsKeyFile } from '../secrets-key.js';
import { workerLogger } from '../worker-logger.js';
import { type WorkerProperties, workerProperties } from '../worker-properties.js';

interface Options {
  readonly port?: number;
}

interface Start {
  readonly properties: WorkerProperties;
  readonly connectors: readonly (DescribedConnector & { readonly file: string })[];
  /** Where paths in the worker's properties are meant from. */
  readonly folder: string;
  readonly port: number | undefined;
}

/**
 * `millrace connect start [worker.properties] [connector.properties...]`: runs a worker with its REST API until an interrupt. As with connect-standalone.sh, the
 * connectors of the files are made, or changed to what the files say; all others that the log knows are run as well.
 */
export function addConnectStart(connect: Command): void {
  connect
    .command('start')
    .description('run a Connect worker, with the connectors that files describe')
    .argument('[file...]', "the worker's properties (or --config), and connectors: properties, JSON or YAML")
    .option(
      '--port <number>',
      'of the REST API on 127.0.0.1 (default: listeners, or 8083); 0 takes a free one',
      wholeNumber(0),
    )
    .action(async (files: string[], options: Options, command: Command) => {
      const config = rootOf(command).getOptionValue('config') as string | undefined;
      const isWorkers = config !== undefined && !config.endsWith('.json');
      const start = await readFiles(isWorkers ? [config, ...files] : files, options);
      const { url, connection } = start.properties;
      await withLog(command, 'create', (log, connectAs) => run(log, { ...start, connectAs }, command), {
        url,
        properties: connection,
      });
    });
}

/** A file with a `connector.class`, or with a name, describes a connector; any other one the worker. */
async function readFiles(files: readonly string[], { port }: Options): Promise<Start> {
  const connectors: (DescribedConnector & { file: string })[] = [];
  let worker: { file: string; given: Readonly<Record<string, unknown>> } | undefined;
  for (const file of files) {
    for (const given of await readObjects(file)) {
      if (isConnector(given)) connectors.push({ ...describedConnector(given, file), file });
      else if (worker === undefined) worker = { file, given };
      else
        throw new InvalidInput(
          `${worker.file} and ${file} both describe the worker: a connector needs a name and a connector.class`,
        );
    }
  }
  requireDistinct(connectors);
  const folder = worker === undefined ? '.' : dirname(worker.file);
  return { properties: workerProperties(worker?.given ?? {}), connectors, folder, port };
}

function isConnector(given: Readonly<Record<string, unknown>>): boolean {
  return 'connector.class' in given || 'name' in given || 'config' in given;
}

async function run(
  log: Log,
  start: Start & { readonly connectAs: ConnectAs | undefined },
  command: Command,
): Promise<void> {
  const { listenRest, readRestSettings, startWorker } = await import('../../connect/index.js');
  const logger = workerLogger(log, wantsJson(command));
  const { properties, port } = start;
  for (const key of properties.withoutEffect) logger.info(`${key} has no effect here`);
  const plugins = await pluginsOf(start);
  const scheme = /^\s*https:/i.test(String(properties.worker['listeners'] ?? '')) ? 'https' : 'http';
  const listeners = port === undefined ? {} : { listeners: `${scheme}://127.0.0.1:${port}` };
  const { rest: settings, advertised, others } = readRestSettings({ ...properties.worker, ...listeners });
  const secretsKey = readSecretsKey(properties.secretsKeyFile ?? secretsKeyFile(log.url));
  await using rest = await listenRest(log, { ...settings, logger });
  const workerId = `${advertised.host ?? rest.host}:${advertised.port ?? rest.port}`;
  await using worker = await startWorker(log, {
    config: others,
    plugins,
    logger,
    workerId,
    secretsKey,
    connectAs: start.connectAs,
    version: packageVersion(),
  });
  rest.attach(worker);
  await applyConnectors(worker, start.connectors);
  // Heeded before anybody is told that it runs.
  const interruption = interrupted();
  await announce(log, rest, worker, command);
  await interruption;
  await rest.close();
}

async function pluginsOf({ properties, connectors, folder }: Start): Promise<readonly ConnectorPlugin[]> {
  const plugins = [...(await ownPlugins())];
  for (const specifier of properties.plugins) plugins.push(...(await loadPlugins(specifier, folder)));
  for (const { config, file } of connectors) {
    const name = config['connector.class'] ?? '';
    if (isPath(name) && !plugins.some(each => each.class === name))
      plugins.push(...(await loadPlugins(name, dirname(file))));
  }
  return plugins;
}

/** What is so already is left as it is: the tasks of a connector that did not change are not restarted. */
async function applyConnectors(worker: Worker, connectors: Start['connectors']): Promise<void> {
  for (const { name, config, initialState, file } of connectors) {
    try {
      if (!worker.connectors().includes(name)) await worker.create({ name, config, initialState });
      else if (!isSame(worker.config(name), config)) await worker.putConfig(name, config);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'WorkerError') throw error;
      throw listedFaults(error.message, file) ?? new InvalidInput(`${file}: ${error.message}`);
    }
  }
}

function isSame(present: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(given);
  return keys.length === Object.keys(present).length && keys.every(key => present[key] === given[key]);
}

async function announce(log: Log, rest: RestServer, worker: Worker, command: Command): Promise<void> {
  const connectors = worker.connectors();
  if (wantsJson(command)) return await printLines([JSON.stringify({ url: log.url, rest: rest.url, connectors })]);
  const what = connectors.length === 1 ? '1 connector' : `${connectors.length} connectors`;
  process.stderr.write(`Connect worker with ${what} on ${log.url}, REST API at ${rest.url}; Ctrl-C ends it\n`);
}

function interrupted(): Promise<void> {
  return new Promise(resolve => {
    interruptSignal().addEventListener('abort', () => resolve(), { once: true });
  });
}
