import type { ConfigKey } from './config-key.js';
import { isDuration } from './config-key.js';
import { oneOf } from './one-of.js';

const errors = { importance: 'MEDIUM', group: 'Error Handling' } as const;

/** What becomes of bad records (KIP-298), as every connector takes it. */
export const errorKeys: readonly ConfigKey[] = [
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
