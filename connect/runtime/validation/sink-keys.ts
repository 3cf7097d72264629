import { wholeMatch } from '../../transforms/routers.js';
import { type ConfigKey, listOf } from './config-key.js';

const letters = (order: number, displayName: string) =>
  ({ importance: 'MEDIUM', group: 'Error Handling', order, width: 'MEDIUM', displayName }) as const;

/** What every sink takes. */
export const sinkKeys: readonly ConfigKey[] = [
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
