import { z } from 'zod';
import { didYouMean } from '../../../core/index.js';
import { ConfigError } from '../../api/index.js';
import { chainOf, type TransformChain } from '../../transforms/transform-chain.js';
import type { FlowRecord } from '../flow-record.js';
import type { StepKind } from '../step-kind.js';
import { evaluatedStep } from './evaluated-step.js';

type TransformRecord = Parameters<TransformChain['apply']>[0];

/** One of Kafka Connect's single message transforms, by its name there. */
export const transformStep: StepKind = {
  word: 'transform',
  description:
    "One of Kafka Connect's transforms by its name, with its settings: { type: InsertField$Value, static.field: a, ... }.",
  spec: z.looseObject({ type: z.string() }),
  async make(given, { name, path, faults }) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      faults.add(path, 'must be an object: { type: InsertField$Value, ...settings }');
      return undefined;
    }
    const settings = Object.entries(given).map(([key, value]) => [`transforms.it.${key}`, value] as const);
    try {
      const chain = chainOf({ transforms: 'it', ...Object.fromEntries(settings) });
      const evaluator = { isInOrder: false, evaluate: (record: FlowRecord) => chain.apply(transformRecord(record)) };
      return evaluatedStep(name, evaluator, (_, result) => flowRecord(result as TransformRecord | undefined));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const near = error.given === undefined ? '' : didYouMean(error.given, error.known);
      faults.add(path, `${error.message.replaceAll(/transforms\.it[.:] ?/g, '')}${near}`);
      return undefined;
    }
  },
};

function transformRecord({
  key,
  value,
  topic,
  timestamp,
  headers,
  keySchema,
  valueSchema,
}: FlowRecord): TransformRecord {
  return {
    topic,
    partition: undefined,
    offset: undefined,
    timestamp,
    key: { value: key, schema: keySchema },
    value: { value, schema: valueSchema },
    headers: headers.map(header => ({ key: header.key, value: header.value, schema: header.schema })),
  };
}

function flowRecord(record: TransformRecord | undefined): FlowRecord | undefined {
  if (record === undefined) return undefined;
  const { key, value, topic, timestamp, headers } = record;
  return {
    key: key.value,
    value: value.value,
    topic,
    timestamp,
    headers,
    keySchema: key.schema,
    valueSchema: value.schema,
  };
}
