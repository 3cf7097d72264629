// `producer.override.*` and its like, as validation shows them: of the right type, and allowed by the worker's policy. Whether a client takes the value shows
// when a task starts, as in Kafka Connect.

import { clientProperties, overrideOf } from '../clients/client-overrides.js';
import type { OverridePolicy } from '../worker/override-policy.js';
import type { ConfigInfo, ConfigText } from '../worker/worker-answers.js';
import { judged } from './config-key.js';

export function overrideInfos(config: ConfigText, policy: OverridePolicy): readonly ConfigInfo[] {
  return Object.keys(config).flatMap(key => {
    const override = overrideOf(key);
    if (override === undefined) return [];
    const { kind, name } = override;
    const property = clientProperties[kind][name];
    const { definition, value } = judged(
      { name: key, displayName: name, type: property?.type ?? 'STRING', defaultValue: null },
      config,
    );
    const refusal = policy(name);
    const errors = refusal === undefined ? value.errors : [...value.errors, refusal];
    return [{ definition: property === undefined ? null : definition, value: { ...value, errors } }];
  });
}
