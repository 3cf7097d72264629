// A JSONata expression over the record: {key, value, headers, topic, partition, offset, timestamp}. It is compiled once. The jsonata package gives a
// promise for every evaluation, so the runtime waits for many records together (transform-stage.ts); a chain without it costs no promise.

import compile, { type Expression } from 'jsonata';
import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { definePredicate, defineTransform, type TransformRecord } from '../api/transform.js';
import { isPlainObject } from './data-shape.js';

const expression = option
  .text()
  .describe(
    'A JSONata expression over `{key, value, headers, topic, partition, offset, timestamp}`: `value.{"id": id, "at": $$.timestamp}`.',
  );

export const jsonataTransform = defineTransform({
  name: 'jsonata',
  description:
    'The value, the key, the topic, or several parts of the record become what an expression gives. They lose their schema.',
  config: z.object({
    expression,
    target: option
      .choice(['value', 'key', 'topic', 'record'])
      .default('value')
      .describe('What it gives; `record`: an object of any of key, value, topic and timestamp, the rest stays.'),
    'on.nothing': option
      .choice(['fail', 'drop', 'null'])
      .default('fail')
      .describe('Where it gives nothing: the record is a bad one, is left out, or gets null.'),
  }),
  start({ expression: text, target, 'on.nothing': onNothing }) {
    const compiled = compiledExpression(text);
    return async record => {
      const result = await evaluated(compiled, record);
      if (result === undefined && onNothing === 'drop') return undefined;
      if (result === undefined && onNothing === 'fail') {
        throw new DataError(
          'the expression gives nothing for this record: set on.nothing to drop or null if that is meant',
        );
      }
      return withResult(record, target, result ?? null);
    };
  },
});

/** By which other transforms are told what to work on. */
export const jsonataPredicate = definePredicate({
  name: 'jsonata',
  description: 'An expression holds for the record: it gives something that JSONata counts as true.',
  config: z.object({ expression }),
  start({ expression: text }) {
    const compiled = compiledExpression(`$boolean(${text})`);
    return async record => (await evaluated(compiled, record)) === true;
  },
});

function compiledExpression(text: string): Expression {
  try {
    return compile(text);
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    throw new ConfigError(`expression: ${message ?? String(error)} (at character ${position ?? 0} of "${text}")`, {
      cause: error,
    });
  }
}

async function evaluated(compiled: Expression, record: TransformRecord): Promise<unknown> {
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  const named = Object.fromEntries(headers.map(header => [header.key, header.value]));
  const input = { key: key.value, value: value.value, headers: named, topic, partition, offset, timestamp };
  try {
    // With bindings of its own, an evaluation has a frame of its own: several may be under way.
    return plain(await compiled.evaluate(input, {}));
  } catch (error) {
    const { message } = error as { message?: string };
    throw new DataError(`the expression fails: ${message ?? String(error)}`, { cause: error });
  }
}

/** Lists that JSONata gives carry marks of their own. */
function plain(result: unknown): unknown {
  return Array.isArray(result) ? Array.from(result as readonly unknown[]) : result;
}

function withResult(
  record: TransformRecord,
  target: 'value' | 'key' | 'topic' | 'record',
  result: unknown,
): TransformRecord {
  const schemaless = (value: unknown) => ({ schema: undefined, value });
  if (target === 'value') return { ...record, value: schemaless(result) };
  if (target === 'key') return { ...record, key: schemaless(result) };
  if (target === 'topic') {
    if (typeof result !== 'string' || result === '') throw new DataError('the expression gives no name of a topic');
    return { ...record, topic: result };
  }
  if (!isPlainObject(result)) throw new DataError('the expression gives no object with parts of a record');
  const { key, value, topic = record.topic, timestamp = record.timestamp } = result;
  const stranger = Object.keys(result).find(part => !['key', 'value', 'topic', 'timestamp'].includes(part));
  if (stranger !== undefined)
    throw new DataError(
      `the expression gives "${stranger}", which is no part to set: use key, value, topic, timestamp`,
    );
  return {
    ...record,
    topic: topic as string | undefined,
    timestamp: timestamp as number | undefined,
    ...('key' in result && { key: schemaless(key) }),
    ...('value' in result && { value: schemaless(value) }),
  };
}
