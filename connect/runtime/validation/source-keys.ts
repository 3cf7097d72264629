import { type ConfigKey, isDuration } from './config-key.js';
import { oneOf } from './one-of.js';
import { uniqueAliases } from './unique-aliases.js';

const once = { importance: 'MEDIUM', group: 'Exactly Once Support', width: 'SHORT' } as const;

/** What every source takes. */
export const sourceKeys: readonly ConfigKey[] = [
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
