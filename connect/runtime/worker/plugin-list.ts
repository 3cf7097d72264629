import { converters } from '../../converters/named-converter.js';
import { findPredicate, findTransform, predicates, transformNames } from '../../transforms/named-transform.js';
import { keyInfo } from '../validation/config-key.js';
import { connectorKeys } from '../validation/connector-keys.js';
import { converterKeys } from '../validation/converter-keys.js';
import { specKeys } from '../validation/spec-keys.js';
import type { ConfigKeyInfo, PluginInfo } from './worker-answers.js';
import { WorkerError } from './worker-error.js';
import type { WorkerParts } from './worker-parts.js';

/** Under the names of Java's packages, as tools expect them. */
const transformPackage = 'org.apache.kafka.connect.transforms.';
const predicatePackage = `${transformPackage}predicates.`;
const converterNames = converters.map(({ name, aliases }) => aliases?.find(alias => alias.includes('.')) ?? name);

export function pluginList(
  { plugins, transforms, version }: WorkerParts,
  connectorsOnly: boolean,
): readonly PluginInfo[] {
  const connectors = plugins.all.map(each => ({ class: each.class, type: each.kind, version: each.version }));
  if (connectorsOnly) return connectors;
  const own = transforms.map(each => ({
    class: each.name,
    type: each.kind === 'transform' ? ('transformation' as const) : ('predicate' as const),
  }));
  return [
    ...connectors,
    ...converterNames
      .filter(name => !name.endsWith('HeaderConverter'))
      .map(name => ({ class: name, type: 'converter' as const, version })),
    ...converterNames.map(name => ({ class: name, type: 'header_converter' as const, version })),
    ...transformNames.map(name => ({ class: `${transformPackage}${name}`, type: 'transformation' as const, version })),
    ...predicates.map(({ name }) => ({ class: `${predicatePackage}${name}`, type: 'predicate' as const, version })),
    ...own,
  ];
}

/** The plugin's own keys. Throws WorkerError for a class that is none. */
export function pluginKeys(parts: WorkerParts, pluginClass: string): readonly ConfigKeyInfo[] {
  const connector = parts.plugins.find(pluginClass);
  if (connector !== undefined) return connectorKeys({ ...parts, properties: {} }, connector).map(keyInfo);
  const finders = [
    () => converterKeys(pluginClass),
    () =>
      specKeys(
        findTransform(
          pluginClass,
          parts.transforms.filter(each => each.kind === 'transform'),
        ).definition.config,
      ),
    () =>
      specKeys(
        findPredicate(
          pluginClass,
          parts.transforms.filter(each => each.kind === 'predicate'),
        ).config,
      ),
  ];
  for (const find of finders) {
    try {
      return find().map(key => keyInfo({ importance: 'MEDIUM', ...key }));
    } catch {
      // The next kind of plugin may know it.
    }
  }
  throw new WorkerError('not-found', `Unknown plugin ${pluginClass}.${parts.plugins.didYouMean(pluginClass)}`);
}
