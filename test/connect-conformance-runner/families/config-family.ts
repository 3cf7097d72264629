// What a worker says of configurations (config-validate) and of a plugin's keys (plugin-config). Compared are the keys, and of each its value, what is
// wrong with it, and its description: all but the words of the documentation, and what our connectors and transforms say otherwise of themselves.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ConfigInfo,
  type ConfigInfos,
  type ConfigKeyInfo,
  startWorker,
  type Worker,
  WorkerError,
} from '../../../connect/index.js';
import { fileStreamSink, fileStreamSource } from '../../../connectors/file/index.js';
import { openLog } from '../../../core/index.js';
import type { Family, Outcome } from '../family.js';

interface ConfigCase {
  readonly id: string;
  readonly family: string;
  readonly plugin: string;
  readonly config?: Readonly<Record<string, string | null>>;
  readonly output: { readonly status: number; readonly body: unknown };
}

type Definitions = Readonly<Record<string, ConfigKeyInfo>>;

interface RecordedInfos {
  readonly error_count: number;
  readonly configs: readonly { readonly definition: string | null; readonly value: ConfigInfo['value'] }[];
}

/** Kafka Connect shows them where a sink has dead letters and nowhere else; here they are always shown. */
const isAdminOverride = (name: string) => name.startsWith('admin.override.');
/** Their defaults are ours (docs/connectors.md says which). */
const ownDefaults: ReadonlySet<string> = new Set([
  'errors.log.enable',
  'errors.deadletterqueue.topic.replication.factor',
  'errors.deadletterqueue.context.headers.enable',
  'header.converter',
]);
/** Kafka Connect names the default of its client for them, also where its worker gives the client another. */
const hasOwnDefault = (name: string) => ownDefaults.has(name) || name.includes('.override.');
const moreKeys = 'there are more keys';
const ownGroup = 'Millrace';

export const configFamily: Family = {
  files: /^(config-validate|plugin-config)$/,
  async run(cases, { folder }) {
    const definitions = JSON.parse(readFileSync(join(folder, 'config-definitions.json'), 'utf8')) as Definitions;
    await using log = await openLog('memory:');
    const json = 'org.apache.kafka.connect.json.JsonConverter';
    const headers = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';
    await using worker = await startWorker(log, {
      // As the recorded worker: headers have Kafka Connect's own default.
      config: { 'key.converter': json, 'value.converter': json, 'header.converter': headers },
      plugins: [
        plugin('org.apache.kafka.connect.file.FileStreamSourceConnector', 'source', fileStreamSource),
        plugin('org.apache.kafka.connect.file.FileStreamSinkConnector', 'sink', fileStreamSink),
      ],
      version: '4.3.1',
    });
    const outcomes: Outcome[] = [];
    for (const each of cases as readonly ConfigCase[]) outcomes.push(await outcomeOf(worker, each, definitions));
    return outcomes;
  },
};

function plugin(name: string, kind: 'source' | 'sink', definition: typeof fileStreamSource | typeof fileStreamSink) {
  return { class: name, aliases: [], version: '4.3.1', kind, definition } as const;
}

async function outcomeOf(worker: Worker, recorded: ConfigCase, definitions: Definitions): Promise<Outcome> {
  const { id, plugin: name, family, output } = recorded;
  if (/Mirror/.test(name)) return { id, difference: 'there is no mirror connector', rule: 'no-mirror' };
  try {
    if (family === 'plugin-config') {
      const described = (keys: readonly ConfigKeyInfo[]) => keys.filter(key => key.group !== ownGroup);
      const recordedKeys = described(output.body as readonly ConfigKeyInfo[]);
      const difference = keysDifference(described(worker.pluginConfig(name)), recordedKeys);
      return { id, difference, rule: ruleOf(difference, recorded) };
    }
    const found = await worker.validate(name, recorded.config ?? {});
    if (output.status !== 200) {
      const rule = found.error_count > 0 ? 'reference-fails' : undefined;
      return { id, difference: `${output.status}, and not ${found.error_count} errors`, rule };
    }
    const difference = infosDifference(found, output.body as RecordedInfos, definitions);
    return { id, difference, rule: ruleOf(difference, recorded) };
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return output.status === 200 ? { id, difference: error.message } : { id };
  }
}

/** The rule of known-differences.json for a difference. */
function ruleOf(difference: string | undefined, { config = {} }: ConfigCase): string | undefined {
  const key = /^([^: ]+): errors /.exec(difference ?? '')?.[1] ?? '';
  if (difference === moreKeys && config['connector.plugin.version'] !== undefined) return 'versions-hide-nothing';
  if (config[key] === null) return 'settings-without-value';
  if (/^(key|value|header)\.converter$/.test(key) && /could not be found/.test(difference!)) {
    return 'java-classes-are-unknown';
  }
  return /^(transforms|predicates)\./.test(key) && difference!.endsWith('and not []')
    ? 'own-words-of-transforms'
    : undefined;
}

function keysDifference(found: readonly ConfigKeyInfo[], recorded: readonly ConfigKeyInfo[]): string | undefined {
  const names = (keys: readonly ConfigKeyInfo[]) => keys.map(({ name }) => name).sort();
  if (!isDeepStrictEqual(names(found), names(recorded))) return `keys ${names(found)} and not ${names(recorded)}`;
  for (const key of found) {
    const difference = keyDifference(key, recorded.find(({ name }) => name === key.name)!);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function infosDifference(found: ConfigInfos, recorded: RecordedInfos, definitions: Definitions): string | undefined {
  const ours = found.configs.filter(
    ({ definition, value }) => definition?.group !== ownGroup && !isAdminOverride(value.name),
  );
  const theirs = recorded.configs.filter(({ value }) => !isAdminOverride(value.name));
  // Kafka Connect shows a consumer.override.group.id twice.
  const names = (infos: readonly { readonly value: ConfigInfo['value'] }[]) =>
    [...new Set(infos.map(({ value }) => value.name))].sort();
  const missing = names(theirs).filter(name => !names(ours).includes(name));
  if (missing.length > 0) return `there is no ${missing.join(', ')}`;
  const hasMore = names(ours).length > names(theirs).length;
  for (const { value, definition } of ours) {
    const other = theirs.find(each => each.value.name === value.name);
    if (other === undefined) continue;
    if (!isDeepStrictEqual(shownErrors(value.errors), shownErrors(other.value.errors))) {
      return `${value.name}: errors ${JSON.stringify(value.errors)} and not ${JSON.stringify(other.value.errors)}`;
    }
    if (hasMore) continue; // where the connector is not loaded, neither is anything else said of the keys
    if (value.value !== other.value.value && !hasOwnDefault(value.name)) {
      return `${value.name} has the value ${value.value} and not ${other.value.value}`;
    }
    const described = other.definition === null ? undefined : definitions[other.definition];
    if (definition !== null && described !== undefined) {
      const difference = keyDifference(definition, described);
      if (difference !== undefined) return difference;
    }
  }
  if (found.error_count === recorded.error_count) return hasMore ? moreKeys : undefined;
  return `error_count ${found.error_count} and not ${recorded.error_count}`;
}

/** What is wrong with a pattern Java says in its own words. */
function shownErrors(errors: readonly string[]): readonly string[] {
  return errors.map(error => error.replace(/(: (Invalid regex|Invalid regular expression)).*$/s, ': not a pattern'));
}

function keyDifference(found: ConfigKeyInfo, recorded: ConfigKeyInfo): string | undefined {
  if (found.type !== recorded.type) return `${found.name} is ${found.type} and not ${recorded.type}`;
  if (found.required !== recorded.required) return `${found.name} is required: ${found.required}`;
  if (found.default_value !== recorded.default_value && !hasOwnDefault(found.name)) {
    return `${found.name} defaults to ${found.default_value} and not ${recorded.default_value}`;
  }
  for (const fact of ['display_name', 'width', 'group', 'order_in_group'] as const) {
    if (found[fact] !== recorded[fact]) return `${found.name}: ${fact} is ${found[fact]} and not ${recorded[fact]}`;
  }
  return undefined;
}
