import type { PreparedConnector } from '../connector-parts.js';
import type { Secrets } from '../secrets.js';
import type { ConfigText } from './worker-answers.js';

/**
 * The configurations of tasks as they are stored and shown: what was given to the connector, placeholders included, and what a task has otherwise.
 * Nothing of what a placeholder stands for.
 */
export function taskConfigTexts(
  { own, taskConfigs }: Pick<PreparedConnector, 'own' | 'taskConfigs'>,
  given: { readonly config: ConfigText; readonly pluginClass: string; readonly secrets: Secrets },
): readonly ConfigText[] {
  const { config, pluginClass, secrets } = given;
  return taskConfigs.map(task => {
    const others = Object.entries(task).filter(([key, value]) => textOf(value) !== textOf(own[key]));
    return {
      'task.class': `${pluginClass.replace(/Connector$/, '')}Task`,
      ...config,
      ...Object.fromEntries(others.map(([key, value]) => [key, secrets.hidden(textOf(value))])),
    };
  });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  const isPlainList = Array.isArray(value) && value.every(item => typeof item !== 'object');
  return isPlainList ? value.join(',') : JSON.stringify(value);
}
