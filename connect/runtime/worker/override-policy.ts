import { didYouMean, UsageError } from '../../../core/index.js';
import type { WorkerSettings } from './worker-options.js';

/** Whether a connector may override a property of its clients; the text says why not, in Kafka Connect's words. */
export type OverridePolicy = (property: string) => string | undefined;

const ofPrincipal = ['sasl.jaas.config', 'sasl.mechanism', 'security.protocol'];
const policies = ['All', 'None', 'Principal', 'Allowlist'] as const;

/** By its short name or by that of its Java class. Throws UsageError for one that is none. */
export function overridePolicy(settings: WorkerSettings): OverridePolicy {
  const given = settings['connector.client.config.override.policy'];
  const short = given.replace(
    /^org\.apache\.kafka\.connect\.connector\.policy\.(\w+)ConnectorClientConfigOverridePolicy$/,
    '$1',
  );
  const policy = policies.find(each => each === short);
  if (policy === undefined) {
    throw new UsageError(
      `connector.client.config.override.policy: there is no policy "${given}"${didYouMean(short, policies)}: give one of ${policies.join(', ')}`,
    );
  }
  const allowed =
    policy === 'Principal'
      ? ofPrincipal
      : policy === 'Allowlist'
        ? settings['connector.client.config.override.allowlist']
        : [];
  return property =>
    policy === 'All' || allowed.includes(property)
      ? undefined
      : `The '${policy}' policy does not allow '${property}' to be overridden in the connector configuration.`;
}
