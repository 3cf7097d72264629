// Converters: values to bytes and back, of keys, values and headers.

import type { Converter } from '../../../connect/api/converter.js';
import { readSettings } from '../../../connect/api/read-settings.js';
import { findConverter } from '../../../connect/converters/named-converter.js';
import { Arena } from '../../../core/index.js';
import { answerOf, outcomeOf } from '../answer.js';
import type { ConnectCase, RecordedBytes } from '../connect-case.js';
import type { Family } from '../family.js';
import { valuedOf } from '../recorded-values.js';

const packages: Readonly<Record<string, string>> = {
  JsonConverter: 'org.apache.kafka.connect.json.',
  StringConverter: 'org.apache.kafka.connect.storage.',
  SimpleHeaderConverter: 'org.apache.kafka.connect.storage.',
};

export const converterFamily: Family = {
  files: /^(converter-.*|header-simple)$/,
  run: cases => Promise.all((cases as readonly ConnectCase[]).map(run)),
};

async function run(recorded: ConnectCase) {
  const isWriting = recorded.op.startsWith('fromConnect');
  const found = await answerOf(() => converterOf(recorded), {
    phase: 'convert',
    run: converter => (isWriting ? written(converter, recorded) : read(converter, recorded)),
  });
  return outcomeOf(recorded, found, () => {
    const { output } = recorded;
    return isWriting ? bytesOf(output?.bytes ?? null) : valuedOf(output ?? null);
  });
}

function converterOf({ op, type = '', config = {} }: ConnectCase): Converter {
  const name = `${packages[type] ?? 'org.apache.kafka.connect.converters.'}${type}`;
  const definition = findConverter(name);
  const part = op.endsWith('Header') ? 'header' : 'value';
  return definition.start(readSettings(definition.config, config), { part, givenName: name });
}

/** As the runtime does it. */
function written(converter: Converter, { input }: ConnectCase): Buffer | null {
  const { schema, value } = valuedOf(input);
  if (value === null && converter.writesNull?.(schema) !== true) return null;
  const arena = new Arena();
  converter.write(value, arena, schema);
  return Buffer.from(arena.bytes.subarray(0, arena.position));
}

function read(converter: Converter, { input }: ConnectCase) {
  const bytes = bytesOf(input.bytes ?? null);
  const { schema, value } =
    bytes === null
      ? (converter.readNull?.() ?? { schema: undefined, value: null })
      : converter.read(bytes, 0, bytes.length);
  return { schema, value };
}

function bytesOf(bytes: RecordedBytes): Buffer | null {
  if (bytes === null) return null;
  return 'utf8' in bytes ? Buffer.from(bytes.utf8) : Buffer.from(bytes.base64, 'base64');
}
