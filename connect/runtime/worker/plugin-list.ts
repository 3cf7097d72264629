import { converters } from '../../converters/named-converter.js';
import { findPredicate, findTransform, predicates, transformNames } from '../../transforms/named-transform.js';
import { type ConfigKey, keyInfo } from '../validation/config-key.js';
import { connectorKeys } from '../validation/connector-keys.js';
import { converterKeys } from '../validation/converter-keys.js';
import { specKeys } from '../validation/spec-keys.js';
import { versionFault } from '../validation/version-requirement.js';
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

/** The plugin's own keys. Throws WorkerError for a class that is none, and for a version of it that is not there. */
export function pluginKeys(parts: WorkerParts, pluginClass: string, required?: string): readonly ConfigKeyInfo[] {
  const { keys, name, version } = findPlugin(parts, pluginClass);
  const fault = required === undefined ? undefined : versionFault(name, version, required);
  if (fault !== undefined) throw new WorkerError('invalid', fault);
  return keys.map(key => keyInfo({ importance: 'MEDIUM', ...key }));
}

interface FoundPlugin {
  readonly keys: readonly ConfigKey[];
  readonly name: string;
  readonly version: string | undefined;
}

function findPlugin(parts: WorkerParts, name: string): FoundPlugin {
  const { plugins, transforms, version } = parts;
  const connector = plugins.find(name);
  if (connector !== undefined) {
    const keys = connectorKeys({ ...parts, properties: {} }, connector);
    return { keys, name: connector.class, version: connector.version };
  }
  const ownTransforms = transforms.filter(each => each.kind === 'transform');
  const ownPredicates = transforms.filter(each => each.kind === 'predicate');
  const finders = [
    () => converterKeys(name),
    () => specKeys(findTransform(name, ownTransforms).definition.config),
    () => specKeys(findPredicate(name, ownPredicates).config),
  ];
  for (const find of finders) {
    try {
      return { keys: find(), name, version: transforms.some(each => each.name === name) ? undefined : version };
    } catch {
      // The next kind of plugin may know it.
    }
  }
  throw new WorkerError('not-found', `Unknown plugin ${name}.${plugins.didYouMean(name)}`);
}
