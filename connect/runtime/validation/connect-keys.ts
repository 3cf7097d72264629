// The keys that every connector takes, described as Kafka Connect describes them; the defaults are ours.

import { findConverter, wholeConverterName } from '../../converters/named-converter.js';
import { findPredicate, findTransform } from '../../transforms/named-transform.js';
import { wholeMatch } from '../../transforms/routers.js';
import type { ConnectorPlugin } from '../worker/worker.js';
import { classFault } from './class-fault.js';
import { type ConfigKey, invalid, listOf } from './config-key.js';
import { oneOf } from './one-of.js';

type Check = NonNullable<ConfigKey['check']>;

const uniqueAliases =
  (name: string): Check =>
  value => {
    const aliases = listOf(value ?? '');
    if (new Set(aliases).size === aliases.length) return [];
    return [invalid(name, `[${aliases.join(', ')}]`, 'Duplicate alias provided.')];
  };

const isDuration = (text: string): boolean => /^\d+\s*(ms|s|m|h|d)$/i.test(text);

/** `converters`: what connectors get that name none. */
export function connectKeys(
  plugin: ConnectorPlugin,
  converters: Readonly<Record<string, string | null>>,
): readonly ConfigKey[] {
  return [
    ...nameKeys,
    versionKey(plugin),
    ...taskKeys,
    ...converterKeys(converters),
    ...chainKeys,
    ...errorKeys,
    ...(plugin.kind === 'sink' ? sinkKeys : sourceKeys),
  ];
}

const common = { group: 'Common' } as const;

const nameKeys: readonly ConfigKey[] = [
  {
    name: 'name',
    type: 'STRING',
    defaultValue: undefined,
    ...common,
    order: 1,
    width: 'MEDIUM',
    displayName: 'Connector name',
    documentation: 'Globally unique name to use for this connector.',
  },
  {
    name: 'connector.class',
    type: 'STRING',
    defaultValue: undefined,
    ...common,
    order: 2,
    width: 'LONG',
    displayName: 'Connector class',
    documentation: 'Which connector: its class, an alias, or the part behind the last dot.',
  },
];

function versionKey(plugin: ConnectorPlugin): ConfigKey {
  const { version } = plugin;
  return {
    name: 'connector.plugin.version',
    type: 'STRING',
    defaultValue: version,
    importance: 'MEDIUM',
    ...common,
    order: 3,
    width: 'MEDIUM',
    displayName: 'Connector version',
    recommended: [version],
    documentation: 'Version of the connector.',
    check: value => versionFault(plugin, value),
  };
}

const taskKeys: readonly ConfigKey[] = [
  {
    name: 'tasks.max',
    type: 'INT',
    defaultValue: '1',
    importance: 'HIGH',
    ...common,
    order: 4,
    width: 'SHORT',
    displayName: 'Tasks max',
    documentation: 'How many tasks at most.',
    check: tasksFault,
  },
  {
    name: 'tasks.max.enforce',
    type: 'BOOLEAN',
    defaultValue: 'true',
    importance: 'LOW',
    ...common,
    order: 5,
    width: 'SHORT',
    displayName: 'Enforce tasks max',
    documentation: 'Has no effect: tasks.max always counts.',
  },
];

function converterKeys(converters: Readonly<Record<string, string | null>>): readonly ConfigKey[] {
  const converter = (name: string, order: number, displayName: string): ConfigKey => ({
    name,
    type: 'CLASS',
    defaultValue: converters[name] ?? null,
    importance: 'LOW',
    documentation: 'The converter, by its short name or by the name of its Java class.',
    ...common,
    order,
    width: 'SHORT',
    displayName,
    whole: wholeConverterName,
    check: value => converterFault(name, value),
  });
  return [
    converter('key.converter', 6, 'Key converter class'),
    converter('value.converter', 8, 'Value converter class'),
    converter('header.converter', 10, 'Header converter class'),
  ];
}

const chainKeys: readonly ConfigKey[] = [
  {
    name: 'transforms',
    type: 'LIST',
    defaultValue: '',
    importance: 'LOW',
    group: 'Transforms',
    order: 12,
    width: 'LONG',
    displayName: 'Transforms',
    documentation: 'Aliases of the transforms, in their order.',
    check: uniqueAliases('transforms'),
  },
  {
    name: 'predicates',
    type: 'LIST',
    defaultValue: '',
    importance: 'LOW',
    group: 'Predicates',
    order: 13,
    width: 'LONG',
    displayName: 'Predicates',
    documentation: 'Aliases of the predicates that transforms may name.',
    check: uniqueAliases('predicates'),
  },
  {
    name: 'config.action.reload',
    type: 'STRING',
    defaultValue: 'restart',
    importance: 'LOW',
    ...common,
    order: 14,
    width: 'MEDIUM',
    displayName: 'Reload Action',
    documentation:
      'restart: when a config provider has another value for a placeholder (its param.ttl.ms says when to look), the connector is restarted with it.',
    check: oneOf('config.action.reload', ['none', 'restart']),
  },
];

const errors = { importance: 'MEDIUM', group: 'Error Handling' } as const;
const errorKeys: readonly ConfigKey[] = [
  {
    name: 'errors.retry.timeout',
    type: 'LONG',
    defaultValue: '0',
    ...errors,
    order: 1,
    width: 'MEDIUM',
    displayName: 'Retry Timeout for Errors',
    documentation: 'For how many milliseconds a transform that fails for now is tried again; -1: without end.',
  },
  {
    name: 'errors.retry.delay.max.ms',
    type: 'LONG',
    defaultValue: '60000',
    ...errors,
    order: 2,
    width: 'MEDIUM',
    displayName: 'Maximum Delay Between Retries for Errors',
    documentation: 'The longest pause between two tries.',
    accepts: isDuration,
  },
  {
    name: 'errors.tolerance',
    type: 'STRING',
    defaultValue: 'none',
    ...errors,
    order: 3,
    width: 'SHORT',
    displayName: 'Error Tolerance',
    documentation:
      'none: a bad record fails the task; all: it is kept aside. Default: all where a dead-letter topic is named.',
    check: oneOf('errors.tolerance', ['none', 'all']),
  },
  {
    name: 'errors.log.enable',
    type: 'BOOLEAN',
    defaultValue: 'true',
    ...errors,
    order: 4,
    width: 'SHORT',
    displayName: 'Log Errors',
    documentation: 'Bad records that are tolerated are logged.',
  },
  {
    name: 'errors.log.include.messages',
    type: 'BOOLEAN',
    defaultValue: 'false',
    ...errors,
    order: 5,
    width: 'SHORT',
    displayName: 'Log Error Details',
    documentation: 'Their log lines hold the record as well.',
  },
];

const letters = (order: number, displayName: string) => ({ ...errors, order, width: 'MEDIUM', displayName }) as const;
const sinkKeys: readonly ConfigKey[] = [
  {
    name: 'topics',
    type: 'LIST',
    defaultValue: '',
    importance: 'HIGH',
    group: 'Common',
    order: 4,
    width: 'LONG',
    displayName: 'Topics',
    documentation: 'The topics to read.',
    check: topicsFault,
  },
  {
    name: 'topics.regex',
    type: 'STRING',
    defaultValue: '',
    importance: 'HIGH',
    group: 'Common',
    order: 4,
    width: 'LONG',
    displayName: 'Topics regex',
    documentation: 'In place of topics: what the whole name of a topic must match.',
    check: regexFault,
  },
  {
    name: 'errors.deadletterqueue.topic.name',
    type: 'STRING',
    defaultValue: '',
    ...letters(6, 'Dead Letter Queue Topic Name'),
    documentation: 'Topic of the dead letters.',
  },
  {
    name: 'errors.deadletterqueue.topic.replication.factor',
    type: 'SHORT',
    defaultValue: '-1',
    ...letters(7, 'Dead Letter Queue Topic Replication Factor'),
    documentation: 'For making that topic; -1: as the broker does.',
  },
  {
    name: 'errors.deadletterqueue.context.headers.enable',
    type: 'BOOLEAN',
    defaultValue: 'true',
    ...letters(8, 'Enable Error Context Headers'),
    documentation: 'Dead letters tell in headers what went wrong and where.',
  },
];

const once = { importance: 'MEDIUM', group: 'Exactly Once Support', width: 'SHORT' } as const;
const sourceKeys: readonly ConfigKey[] = [
  {
    name: 'topic.creation.groups',
    type: 'LIST',
    defaultValue: '',
    importance: 'LOW',
    group: 'Topic Creation',
    order: 1,
    width: 'LONG',
    displayName: 'Topic Creation Groups',
    documentation: 'Groups of topics that are made where they are missing.',
    check: uniqueAliases('topic.creation.groups'),
  },
  {
    name: 'exactly.once.support',
    type: 'STRING',
    defaultValue: 'requested',
    ...once,
    order: 2,
    displayName: 'Exactly once support',
    documentation: 'required: refused where exactly once cannot be kept.',
    check: oneOf('exactly.once.support', ['required', 'requested'], false),
  },
  {
    name: 'transaction.boundary',
    type: 'STRING',
    defaultValue: 'poll',
    ...once,
    order: 3,
    displayName: 'Transaction Boundary',
    documentation: 'Where a transaction ends.',
    check: oneOf('transaction.boundary', ['interval', 'poll', 'connector'], false),
  },
  {
    name: 'transaction.boundary.interval.ms',
    type: 'LONG',
    defaultValue: null,
    ...once,
    importance: 'LOW',
    order: 4,
    displayName: 'Transaction boundary interval',
    documentation: 'Of the boundary interval.',
    accepts: isDuration,
  },
  {
    name: 'offsets.storage.topic',
    type: 'STRING',
    defaultValue: null,
    importance: 'LOW',
    group: 'offsets.topic',
    order: 1,
    width: 'LONG',
    displayName: 'Offsets topic',
    documentation: "Compacted topic of this connector's offsets; without it, the worker's.",
  },
];

/** The groups of keys, as Kafka Connect names them. */
export function connectGroups(plugin: ConnectorPlugin): readonly string[] {
  const all = ['Common', 'Transforms', 'Predicates', 'Error Handling'];
  return plugin.kind === 'sink' ? all : [...all, 'Topic Creation', 'Exactly Once Support', 'offsets.topic'];
}

function tasksFault(value: string | null): readonly string[] {
  if (value === null) return [invalid('tasks.max', null, 'Value must be non-null')];
  if (Number(value) < 1) return [invalid('tasks.max', value, 'Value must be at least 1')];
  return Number(value) > 1000 ? [invalid('tasks.max', value, 'Value must be at most 1000')] : [];
}

function versionFault({ class: name, version }: ConnectorPlugin, value: string | null): readonly string[] {
  if (value === null || value === version) return [];
  return [
    `Plugin ${name} not found that matches the version range [${value},${value}], available versions: [${version}]`,
  ];
}

function converterFault(name: string, value: string | null): readonly string[] {
  if (value === null || value === '') return [];
  try {
    findConverter(value);
    return [];
  } catch (error) {
    return isOtherPlugin(value)
      ? [`Class class ${value} does not implement the Converter interface`]
      : [classFault(name, value, error)];
  }
}

function isOtherPlugin(name: string): boolean {
  return [findTransform, findPredicate].some(find => {
    try {
      find(name);
      return name.includes('.');
    } catch {
      return false;
    }
  });
}

function topicsFault(value: string | null): readonly string[] {
  if (value === null) return ["Configuration 'topics' values must not be null."];
  const topics = listOf(value);
  if (topics.includes('')) return ["Configuration 'topics' values must not be empty."];
  return new Set(topics).size < topics.length ? ["Configuration 'topics' values must not be duplicated."] : [];
}

function regexFault(value: string | null): readonly string[] {
  if (value === null || value === '') return [];
  try {
    wholeMatch(value, 'topics.regex');
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
