import { didYouMean, openLog, UsageError } from '../../core/index.js';
import type { AppOptions, RunnableTopology } from './app-options.js';
import { RunningApp } from './running-app.js';
import type { StreamsApp } from './streams-app.js';

const optionNames: Readonly<Record<keyof AppOptions, true>> = {
  log: true,
  applicationId: true,
  processingGuarantee: true,
  sharing: true,
  stateDirectory: true,
  sessionTimeout: true,
  transactionTimeout: true,
  defaultApiTimeout: true,
  deliveryTimeout: true,
  onWarning: true,
  commitInterval: true,
  onFailure: true,
  deadLetterTopic: true,
  startFrom: true,
  dirtyEntriesMax: true,
  cacheEntriesMax: true,
  bufferMax: true,
  forgetStores: true,
  isStrict: true,
  metricsInterval: true,
  scheduling: true,
};

/**
 * Starts a topology on a log. Resolves when its partitions are assigned and its stores restored; rejects with UsageError when it
 * cannot run there (a topic is missing, partition counts do not match, state of the last run would be lost).
 */
export async function runApp(topology: RunnableTopology, options: AppOptions): Promise<StreamsApp> {
  for (const name of Object.keys(options)) {
    if (name in optionNames) continue;
    throw new UsageError(`runApp has no option "${name}"${didYouMean(name, Object.keys(optionNames))}`);
  }
  refuseOther('processingGuarantee', options.processingGuarantee, ['at_least_once', 'exactly_once', 'exactly_once_v2']);
  refuseOther('sharing', options.sharing, ['spread', 'time-ordered']);
  const plan = topology.build();
  const applicationId = options.applicationId ?? plan.name;
  refuseWrongId(applicationId);
  const ownsLog = typeof options.log === 'string';
  const log = typeof options.log === 'string' ? await openLog(options.log) : options.log;
  const app = new RunningApp({ plan, applicationId, log, ownsLog, options });
  await app.start();
  return app;
}

function refuseOther(option: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return;
  throw new UsageError(`runApp: ${option} "${value}" is none of ${known.join(', ')}${didYouMean(value, known)}`);
}

/** It begins the names of topics, and names a directory. */
function refuseWrongId(id: string): void {
  if (/^[A-Za-z0-9._-]{1,200}$/.test(id) && !/^\.{1,2}$/.test(id)) return;
  throw new UsageError(`"${id}" cannot be an application's id: use letters, digits, dot, underscore and hyphen`);
}
