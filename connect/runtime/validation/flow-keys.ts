import { didYouMean } from '../../../core/index.js';
import type { ConfigText } from '../worker/worker-answers.js';
import { type ConfigKey, listOf } from './config-key.js';

/** Whether a record passes a transform: `predicate` and `negate`. `prefix`: of the transform's keys. */
export function flowKeys(prefix: string, config: ConfigText): readonly ConfigKey[] {
  const hasPredicate = config[`${prefix}predicate`] != null;
  return [
    {
      name: `${prefix}negate`,
      type: 'BOOLEAN',
      defaultValue: 'false',
      importance: 'MEDIUM',
      displayName: 'negate',
      documentation: 'The transform takes the records that its predicate does not hold for.',
      check: () => (config[`${prefix}negate`] == null || hasPredicate ? [] : [nothingToNegate(prefix)]),
    },
    {
      name: `${prefix}predicate`,
      type: 'STRING',
      defaultValue: null,
      importance: 'MEDIUM',
      displayName: 'predicate',
      documentation: 'Alias of the predicate that a record must fulfil.',
      check: value => predicateFaults(`${prefix}predicate`, value, listOf(config['predicates'] ?? '')),
    },
  ];
}

function nothingToNegate(prefix: string): string {
  return `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`;
}

function predicateFaults(key: string, value: string | null, aliases: readonly string[]): readonly string[] {
  if (value === null || value === '' || aliases.includes(value)) return [];
  return [`${key}: "${value}" is not one of the names in predicates${didYouMean(value, aliases)}`];
}
