// Kafka Connect's JsonConverter. Without schemas: the JSON text of the value. With `schemas.enable`: the envelope {"schema", "payload"}, which
// must hold just these two; or, with `schema.content`, payloads of that schema without envelope.

import { z } from 'zod';
import { type Converted, type Converter, defineConverter } from '../api/converter.js';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { jsonText } from '../api/values/json-text.js';
import { parseJson } from '../api/values/json-text-reader.js';
import { FlatJson } from './flat-json.js';
import { fromPayload, plainPayload } from './json-payload.js';
import { readSchema, schemaText } from './json-schema.js';
import { type JsonWriting, schemaJson } from './schema-json.js';
import { readStrictText, writeText } from './utf8-text.js';

const className = 'org.apache.kafka.connect.json.JsonConverter';

const spec = z.object({
  'schemas.enable': option
    .boolean()
    .optional()
    .describe(
      'Values stand in an envelope with their schema. Default: true where the converter is named by its Java class, false for `json`.',
    ),
  'schemas.cache.size': option
    .integer(0, 2 ** 31 - 1)
    .default(1000)
    .describe('Taken for the sake of Kafka Connect; the text of a schema is kept as long as the schema.'),
  'schema.content': option
    .text()
    .optional()
    .describe('With `schemas.enable`: the schema, in JSON, of payloads that come without envelope.'),
  'decimal.format': option
    .text()
    .transform(given => given.toUpperCase())
    .pipe(z.enum(['BASE64', 'NUMERIC'], { error: 'must be one of BASE64, NUMERIC' }))
    .default('BASE64')
    .describe('How decimals with a schema are written; both are read.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('Null is the default of its schema, where it has one.'),
});
type JsonConfig = z.output<typeof spec>;

export const jsonConverter = defineConverter({
  name: 'json',
  aliases: [className],
  description:
    'JSON text, with or without an envelope that holds the schema. Whole numbers and decimals keep all their digits.',
  config: spec,
  start(config, { givenName }): Converter {
    const hasSchemas = config['schemas.enable'] ?? givenName === className;
    if (!hasSchemas) return plainConverter(config);
    const content = contentOf(config);
    return content === undefined ? envelopeConverter(config) : contentConverter(config, content);
  },
});

function plainConverter(config: JsonConfig): Converter {
  contentOf(config);
  const writing = writingOf(config);
  return {
    name: 'json',
    write: (value, arena, schema) =>
      writeText(schema === undefined ? jsonText(value) : schemaJson(value, schema, writing), arena),
    read: (bytes, start, end) => ({ value: start === end ? null : parsed(bytes, start, end, false).value }),
    writesNull: schema => schema !== undefined,
    flatReader: () => new FlatJson(),
  };
}

function envelopeConverter(config: JsonConfig): Converter {
  const writing = writingOf(config);
  const texts = new WeakMap<Schema, string>();
  const textOf = (schema: Schema) => {
    const known = texts.get(schema);
    if (known !== undefined) return known;
    const text = schemaText(schema, (value, of) => schemaJson(value, of, writing));
    texts.set(schema, text);
    return text;
  };
  return {
    name: 'json',
    write(value, arena, schema) {
      const payload = schema === undefined ? jsonText(value) : schemaJson(value, schema, writing);
      writeText(`{"schema":${schema === undefined ? 'null' : textOf(schema)},"payload":${payload}}`, arena);
    },
    read(bytes, start, end) {
      const { value, keepsNumbers } = parsed(bytes, start, end, true);
      return opened(value, config, keepsNumbers);
    },
    writesNull: schema => schema !== undefined,
  };
}

/** Only reads without envelope, as Kafka Connect's. */
function contentConverter(config: JsonConfig, schema: Schema): Converter {
  const options = { replacesNull: config['replace.null.with.default'] };
  return {
    ...envelopeConverter(config),
    read(bytes, start, end): Converted {
      const payload = start === end ? null : parsed(bytes, start, end, true).value;
      return { value: fromPayload(payload, schema, options), schema };
    },
    readNull: () => ({ value: null, schema }),
  };
}

function writingOf(config: JsonConfig): JsonWriting {
  return { decimalFormat: config['decimal.format'], replacesNull: config['replace.null.with.default'] };
}

function contentOf(config: JsonConfig): Schema | undefined {
  const content = config['schema.content'];
  if (content === undefined || content === '') return undefined;
  try {
    return schemaOf(parseJson(content, { keepsNumbers: true }), config);
  } catch (cause) {
    throw new ConfigError(`schema.content: ${(cause as Error).message}`, { cause });
  }
}

function schemaOf(json: unknown, config: JsonConfig): Schema {
  const options = { replacesNull: config['replace.null.with.default'] };
  return readSchema(json, (payload, schema) => fromPayload(payload, schema, options, 'default'));
}

function opened(value: unknown, config: JsonConfig, keepsNumbers: boolean): Converted {
  const envelope = value as { schema: unknown; payload: unknown };
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.keys(value).length !== 2 ||
    !('schema' in value) ||
    !('payload' in value)
  ) {
    throw new DataError(
      'the json converter with schemas.enable=true reads {"schema", "payload"} and nothing else: for plain JSON set schemas.enable=false',
    );
  }
  if (envelope.schema === null) return { value: keepsNumbers ? plainPayload(envelope.payload) : envelope.payload };
  const schema = schemaOf(envelope.schema, config);
  return {
    value: fromPayload(envelope.payload, schema, { replacesNull: config['replace.null.with.default'] }),
    schema,
  };
}

interface Parsed {
  readonly value: unknown;
  readonly keepsNumbers: boolean;
}

/** Numbers keep their text where a logical type may ask for it. */
function parsed(bytes: Uint8Array, start: number, end: number, hasSchema: boolean): Parsed {
  try {
    const text = readStrictText(bytes, start, end);
    const keepsNumbers = hasSchema && text.includes('connect.data.');
    return { value: parseJson(text, { keepsNumbers }), keepsNumbers };
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(
      `the json converter cannot read these bytes (${cause.message}): name the converter they were written with, such as string`,
      { cause },
    );
  }
}
