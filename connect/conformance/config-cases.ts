// What a person who writes a configuration may expect: each option says what it is for, and a fault is refused before anything starts, by a message
// that names the option and the nearest valid word and shows no secret.

import { type ConfigKey, configKeys } from '../api/option-table.js';
import type { SinkDefinition } from '../api/sink.js';
import type { SourceDefinition } from '../api/source.js';
import { startConnector } from '../runtime/start-connector.js';
import { ConformanceFailure, expect, shown } from './conformance-failure.js';
import type { Options, WrongOptions } from './fixtures.js';
import { topicName } from './sink-topic.js';
import type { Stage } from './stage.js';

const canary = 'canary-5f3a9c';

export interface ConfigUnderTest {
  readonly connector: SourceDefinition | SinkDefinition;
  readonly config: Options;
  readonly wrong: readonly WrongOptions[];
}

export async function runConfigCase(stage: Stage, under: ConfigUnderTest): Promise<void> {
  const keys = configKeys(under.connector.config);
  for (const { name, description } of keys) expect(description !== '', `the option ${name} has no description`);
  await using admin = stage.log.admin();
  await admin.createTopics([{ name: topicName, partitions: 1 }]);
  const faults = [...misspelt(keys, under.config), ...mistyped(keys, under.config), ...missing(keys, under.config)];
  const own = under.wrong.map(({ config, names }) => ({ config: { ...under.config, ...config }, names }));
  for (const { config, names } of [...faults, ...own]) await requireRefused(stage, under, config, names);
  requireNoSecret(keys, under.config, stage.lines.join('\n'), 'the log');
}

function* misspelt(keys: readonly ConfigKey[], config: Options): Generator<WrongOptions> {
  const long = keys.find(({ name }) => name.length > 5);
  if (long === undefined) return;
  const typo = `${long.name.slice(0, -2)}${long.name.at(-1)}${long.name.at(-2)}x`;
  yield { config: { ...config, [typo]: 'x' }, names: new RegExp(`${escaped(typo)}[^]*${escaped(long.name)}`) };
}

function* mistyped(keys: readonly ConfigKey[], config: Options): Generator<WrongOptions> {
  for (const { name, type, words } of keys) {
    if (words.length > 0) {
      yield {
        config: { ...config, [name]: `${canary}-no-word` },
        names: new RegExp(`${escaped(name)}[^]*${escaped(words[0]!)}`),
      };
    } else if (['integer', 'boolean', 'duration', 'size'].includes(type)) {
      yield { config: { ...config, [name]: 'no such thing' }, names: new RegExp(escaped(name)) };
    }
  }
}

function* missing(keys: readonly ConfigKey[], config: Options): Generator<WrongOptions> {
  for (const { name, isRequired } of keys) {
    if (!isRequired) continue;
    const { [name]: _, ...rest } = config;
    yield { config: rest, names: new RegExp(escaped(name)) };
  }
}

/** With a canary in each secret that the configuration does not need to be what it is. */
async function requireRefused(
  stage: Stage,
  { connector, config: meant }: ConfigUnderTest,
  config: Options,
  names: RegExp,
): Promise<void> {
  const place = connector.kind === 'source' ? { topic: topicName } : { topics: topicName };
  const keys = configKeys(connector.config);
  const secrets = Object.fromEntries(
    keys.filter(key => key.isSecret && !(key.name in config)).map(key => [key.name, canary]),
  );
  const changed = shown(Object.fromEntries(Object.entries(config).filter(([key, value]) => meant[key] !== value)));
  let message: string;
  try {
    const started = await stage.within(
      'startConnector()',
      startConnector(stage.log, {
        name: 'under-test',
        connector,
        logger: stage.logger,
        config: { ...place, ...secrets, ...config },
      }),
    );
    await started.stop();
    throw new ConformanceFailure(`with ${changed} it started, where it must refuse`);
  } catch (error) {
    if (error instanceof ConformanceFailure) throw error;
    message = (error as Error).message;
  }
  expect(names.test(message), `with ${changed} the message must match ${names}: ${message}`);
  requireNoSecret(keys, { ...secrets, ...config }, message, 'the message');
}

export function requireNoSecret(keys: readonly ConfigKey[], config: Options, text: string, where: string): void {
  for (const { name, isSecret } of keys) {
    const secret = config[name];
    if (isSecret && typeof secret === 'string' && secret.length > 5)
      expect(!text.includes(secret), `${where} shows the secret ${name}`);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
