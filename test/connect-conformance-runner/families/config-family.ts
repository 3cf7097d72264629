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

/** Keys of Kafka Connect's that have no effect here: they are taken, and not described. */
const undescribed = /^(.*\.plugin\.version|(producer|consumer|admin)\.override\..*)$/;
/** Their defaults are ours (docs/connectors.md says which). */
const ownDefaults: ReadonlySet<string> = new Set([
  'errors.log.enable',
  'errors.deadletterqueue.topic.replication.factor',
  'errors.deadletterqueue.context.headers.enable',
  'header.converter',
]);
const ownGroup = 'Millrace';

export const configFamily: Family = {
  files: /^(config-validate|plugin-config)$/,
  async run(cases, { folder }) {
    const definitions = JSON.parse(readFileSync(join(folder, 'config-definitions.json'), 'utf8')) as Definitions;
    await using log = await openLog('memory:');
    const json = 'org.apache.kafka.connect.json.JsonConverter';
    await using worker = await startWorker(log, {
      config: { 'key.converter': json, 'value.converter': json },
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
      const described = (keys: readonly ConfigKeyInfo[]) =>
        keys.filter(key => key.group !== ownGroup && !undescribed.test(key.name));
      const recordedKeys = described(output.body as readonly ConfigKeyInfo[]);
      const difference = keysDifference(described(worker.pluginConfig(name)), recordedKeys);
      return { id, difference, rule: ruleOf(difference, recorded) };
    }
    const found = await worker.validate(name, recorded.config ?? {});
    if (output.status !== 200) return { id, difference: `should be ${output.status}`, rule: 'reference-fails' };
    const difference = infosDifference(found, output.body as RecordedInfos, definitions);
    return { id, difference, rule: ruleOf(difference, recorded) };
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return output.status === 200 ? { id, difference: error.message } : { id };
  }
}

/** The rule of known-differences.json for a difference. */
function ruleOf(difference: string | undefined, { config = {} }: ConfigCase): string | undefined {
  if (difference === undefined) return undefined;
  if (Object.values(config).includes(null)) return 'settings-without-value';
  if (config['connector.plugin.version'] !== undefined) return 'versions-hide-nothing';
  if (/^file/.test(difference)) return 'file-is-required';
  if (/^(key|value|header)\.converter: errors .*could not be found/.test(difference)) return 'java-classes-are-unknown';
  return /^(transforms|predicates)\./.test(difference) ? 'own-words-of-transforms' : undefined;
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
    ({ definition, value }) => definition?.group !== ownGroup && !undescribed.test(value.name),
  );
  const theirs = recorded.configs.filter(({ value }) => !undescribed.test(value.name));
  const names = (infos: readonly { readonly value: ConfigInfo['value'] }[]) =>
    infos.map(({ value }) => value.name).sort();
  if (!isDeepStrictEqual(names(ours), names(theirs))) return `keys ${names(ours)} and not ${names(theirs)}`;
  for (const { value, definition } of ours) {
    const other = theirs.find(each => each.value.name === value.name)!;
    if (!isDeepStrictEqual(shownErrors(value.errors), shownErrors(other.value.errors))) {
      return `${value.name}: errors ${JSON.stringify(value.errors)} and not ${JSON.stringify(other.value.errors)}`;
    }
    if (value.value !== other.value.value && !ownDefaults.has(value.name)) {
      return `${value.name} has the value ${value.value} and not ${other.value.value}`;
    }
    const described = other.definition === null ? undefined : definitions[other.definition];
    if (definition !== null && described !== undefined) {
      const difference = keyDifference(definition, described);
      if (difference !== undefined) return difference;
    }
  }
  const isSame = found.error_count === recorded.error_count;
  return isSame ? undefined : `error_count ${found.error_count} and not ${recorded.error_count}`;
}

/** What is wrong with a pattern Java says in its own words. */
function shownErrors(errors: readonly string[]): readonly string[] {
  return errors.map(error => error.replace(/(: (Invalid regex|Invalid regular expression)).*$/s, ': not a pattern'));
}

function keyDifference(found: ConfigKeyInfo, recorded: ConfigKeyInfo): string | undefined {
  if (found.type !== recorded.type) return `${found.name} is ${found.type} and not ${recorded.type}`;
  // Kafka Connect's reads its standard input, or writes to its output, without one.
  if (found.required !== recorded.required && found.name !== 'file')
    return `${found.name} is required: ${found.required}`;
  if (found.default_value !== recorded.default_value && !ownDefaults.has(found.name)) {
    return `${found.name} defaults to ${found.default_value} and not ${recorded.default_value}`;
  }
  for (const fact of ['display_name', 'width', 'group', 'order_in_group'] as const) {
    if (found[fact] !== recorded[fact]) return `${found.name}: ${fact} is ${found[fact]} and not ${recorded[fact]}`;
  }
  return undefined;
}
