import { UsageError } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { readConfig } from '../connector-config.js';
import { resolveConnector, runtimeOptionsOf } from './resolved-connector.js';
import type { ConfigInfos, ConfigText } from './worker-answers.js';
import type { WorkerParts } from './worker-parts.js';

/** What is wrong with a configuration. Throws WorkerError for a class that is none. */
export async function validateConnector(
  parts: WorkerParts,
  pluginClass: string,
  config: ConfigText,
): Promise<ConfigInfos> {
  const errors: string[] = [];
  try {
    const resolved = resolveConnector(parts, { ...config, 'connector.class': pluginClass });
    const { plugin } = resolved;
    readConfig({ name: '', config: resolved.config }, runtimeOptionsOf(plugin), plugin.definition.config);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ConfigError)) throw error;
    errors.push(error.message);
  }
  const value = { name: 'connector.class', value: pluginClass, recommended_values: [], errors, visible: true };
  return { name: pluginClass, error_count: errors.length, groups: [], configs: [{ definition: null, value }] };
}

/** Undefined where nothing is wrong. */
export function validationMessage({ configs }: ConfigInfos): string | undefined {
  const errors = configs.flatMap(({ value }) => value.errors);
  if (errors.length === 0) return undefined;
  return `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``;
}
