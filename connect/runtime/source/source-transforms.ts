// A source's records between task and converter.

import type { SourceRecord } from '../../api/record.js';
import type { TransformRecord } from '../../api/transform.js';
import type { TransformChain } from '../../transforms/transform-chain.js';
import { TransformStage } from '../task/transform-stage.js';

/** `topic`: where records go that name none themselves. */
export function sourceTransforms(
  chain: TransformChain,
  topic: string | undefined,
  reject: (record: SourceRecord, error: unknown) => void,
): TransformStage<SourceRecord> | undefined {
  if (chain.isEmpty) return undefined;
  return new TransformStage(chain, { into: record => into(record, topic), outOf, reject });
}

function into(record: SourceRecord, topic: string | undefined): TransformRecord {
  return {
    topic: record.topic ?? topic,
    partition: record.partition,
    offset: undefined,
    timestamp: record.timestamp,
    key: { schema: record.keySchema, value: record.key ?? null },
    value: { schema: record.valueSchema, value: record.value ?? null },
    headers: (record.headers ?? []).map(({ key, schema, value }) => ({ key, schema, value })),
  };
}

function outOf({ topic, partition, timestamp, key, value, headers }: TransformRecord): SourceRecord {
  return {
    topic,
    partition,
    timestamp,
    key: key.value,
    keySchema: key.schema,
    value: value.value,
    valueSchema: value.schema,
    headers,
  };
}
