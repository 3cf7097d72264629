// Functions on values: reading text, making one type of another, telling a schema.

import type { Schema } from '../../../connect/api/schema.js';
import { convertValue } from '../../../connect/api/values/convert-value.js';
import { inferSchema } from '../../../connect/api/values/infer-schema.js';
import { dateSchema, decimalSchema, timeSchema, timestampSchema } from '../../../connect/api/values/logical-type.js';
import { parseValue } from '../../../connect/api/values/parse-value.js';
import { answerOf, outcomeOf } from '../answer.js';
import type { ConnectCase } from '../connect-case.js';
import type { Family } from '../family.js';
import { plain, schemaOf, valuedOf } from '../recorded-values.js';

export const valuesFamily: Family = {
  files: /^values-.*$/,
  run: cases => Promise.all((cases as readonly ConnectCase[]).map(run)),
};

const targets: Readonly<Record<string, Schema>> = {
  Boolean: { type: 'boolean' },
  Byte: { type: 'int8' },
  Short: { type: 'int16' },
  Integer: { type: 'int32' },
  Long: { type: 'int64' },
  Float: { type: 'float' },
  Double: { type: 'double' },
  String: { type: 'string' },
  List: { type: 'array' },
  Map: { type: 'map' },
  Struct: { type: 'struct' },
  Date: dateSchema,
  Time: timeSchema,
  Timestamp: timestampSchema,
};

async function run(recorded: ConnectCase) {
  const found = await answerOf(() => undefined, { phase: 'convert', run: () => answer(recorded) });
  return outcomeOf(recorded, found, () => expected(recorded));
}

function answer({ op, type = '', input }: ConnectCase): unknown {
  if (op === 'parseString') {
    const { schema, value } = parseValue(input.text ?? 'null') ?? { schema: undefined, value: null };
    return { schema, value };
  }
  const { schema, value } = valuedOf(input);
  if (op === 'inferSchema') return schema ?? inferSchema(value);
  return convertValue(type === 'Decimal' ? decimalSchema(Number(input.scale ?? 0)) : targets[type]!, value, schema);
}

function expected({ op, output }: ConnectCase): unknown {
  if (op === 'parseString') return valuedOf(output ?? null);
  return op === 'inferSchema' ? schemaOf(output?.schema ?? null) : plain(output?.value ?? null);
}
