import type { ConfigKey } from './config-key.js';
import { oneOf } from './one-of.js';

type Facts = Pick<ConfigKey, 'importance' | 'group' | 'order' | 'width' | 'displayName' | 'check'>;

const schemas = { importance: 'HIGH', group: 'Schemas', width: 'MEDIUM' } as const;
const serialization = { importance: 'LOW', group: 'Serialization', width: 'MEDIUM' } as const;
const encoding: Facts = { importance: 'HIGH', width: 'MEDIUM', displayName: 'Encoding' };

/** How Kafka Connect describes the settings of its converters, for tools that lay out a form by it: by our name of the converter, then by setting. */
export const converterFacts: Readonly<Record<string, Readonly<Record<string, Facts>>>> = {
  json: {
    'schemas.enable': { ...schemas, order: 0, displayName: 'Enable Schemas' },
    'schemas.cache.size': { ...schemas, order: 1, displayName: 'Schema Cache Size' },
    'schema.content': { ...schemas, order: 2, displayName: 'Schema Content' },
    'decimal.format': {
      ...serialization,
      order: 0,
      displayName: 'Decimal Format',
      check: oneOf('decimal.format', ['numeric', 'base64'], false),
    },
    'replace.null.with.default': { ...serialization, order: 1, displayName: 'Replace null with default' },
  },
  string: { 'converter.encoding': encoding },
};
