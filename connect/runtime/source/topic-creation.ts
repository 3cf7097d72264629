// How topics are made that a source writes to and that are not there (KIP-158): the first group of `topic.creation.groups` whose patterns include a topic, and do
// not exclude it, says with how many partitions, replicas and which configs; the group `default` says it for all others.

import { didYouMean, type NewTopic } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { wholeMatch } from '../../transforms/routers.js';
import { listOf } from '../validation/config-key.js';

type Config = Readonly<Record<string, unknown>>;

interface Group {
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly topic: Omit<NewTopic, 'name'>;
}

const prefix = 'topic.creation.';

/** Whether a key says how topics are made. */
export function isTopicCreationKey(key: string): boolean {
  return key.startsWith(prefix);
}

export class TopicCreation {
  readonly #groups: readonly Group[];

  /** Throws ConfigError naming the key that cannot be meant. */
  constructor(config: Config) {
    const names = listOf(textOf(config, `${prefix}groups`)).filter(name => name !== '' && name !== 'default');
    requireKnownGroups(config, [...names, 'default']);
    const everything: Group = { include: [/^/], exclude: [], topic: topicOf(config, 'default', {}) };
    this.#groups = [...names.map(name => groupOf(config, name, everything.topic)), everything];
  }

  /** Partitions and factor of -1, or left out: as the broker does. */
  topic(name: string): NewTopic {
    const fits = (patterns: readonly RegExp[]) => patterns.some(pattern => pattern.test(name));
    const group = this.#groups.find(({ include, exclude }) => fits(include) && !fits(exclude))!;
    return { name, ...group.topic };
  }
}

function groupOf(config: Config, name: string, fallback: Group['topic']): Group {
  const patterns = (key: string) => {
    const at = `${prefix}${name}.${key}`;
    return listOf(textOf(config, at)).map(each => wholeMatch(each, at));
  };
  const include = patterns('include');
  if (include.length === 0) {
    throw new ConfigError(`${prefix}${name}.include: give the patterns of the topics that the group "${name}" is for`);
  }
  return { include, exclude: patterns('exclude'), topic: topicOf(config, name, fallback) };
}

/** What a group says of its topics; partitions and replicas that it leaves out are those of `fallback`. */
function topicOf(config: Config, group: string, fallback: Group['topic']): Group['topic'] {
  const own = `${prefix}${group}.`;
  const special = ['partitions', 'replication.factor', 'include', 'exclude'];
  const configs = Object.entries(config)
    .filter(([key, value]) => key.startsWith(own) && !special.includes(key.slice(own.length)) && value != null)
    .map(([key, value]) => [key.slice(own.length), String(value)] as const);
  return {
    ...fallback,
    ...count(config, `${own}partitions`, partitions => ({ partitions })),
    ...count(config, `${own}replication.factor`, replicationFactor => ({ replicationFactor })),
    configs: Object.fromEntries(configs),
  };
}

function count<T>(config: Config, key: string, option: (value: number) => T): T | undefined {
  const text = textOf(config, key);
  if (text === '') return undefined;
  if (/^(-1|[1-9]\d{0,8})$/.test(text)) return option(Number(text));
  throw new ConfigError(`${key}: ${text} is no count: give a whole number from 1, or -1 for what the broker does`);
}

/** A group that is not named would be for nothing. */
function requireKnownGroups(config: Config, names: readonly string[]): void {
  for (const key of Object.keys(config)) {
    if (!isTopicCreationKey(key) || key === `${prefix}groups`) continue;
    if (names.some(name => key.startsWith(`${prefix}${name}.`))) continue;
    const group = key.slice(prefix.length).split('.')[0]!;
    throw new ConfigError(`${key}: ${prefix}groups names no group "${group}"${didYouMean(group, names)}`);
  }
}

function textOf(config: Config, key: string): string {
  const value = config[key];
  if (value === undefined || value === null) return '';
  return (Array.isArray(value) ? value.join(',') : String(value)).trim();
}
