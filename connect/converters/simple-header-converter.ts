// Kafka Connect's SimpleHeaderConverter, the default for headers: text, read as the value that it looks like.

import { z } from 'zod';
import { defineConverter } from '../api/converter.js';
import { parseValue } from '../api/values/parse-value.js';
import { valueText } from '../api/values/value-text.js';
import { readText, writeText } from './utf8-text.js';

export const simpleHeaderConverter = defineConverter({
  name: 'simple',
  aliases: ['org.apache.kafka.connect.storage.SimpleHeaderConverter'],
  description:
    'Text that is read as what it looks like: `true`, `12`, `1.5`, `[1,2]`, `2017-01-03`, else a text. Times are in UTC.',
  config: z.object({}),
  start: () => ({
    name: 'simple',
    write: (value, arena, schema) => writeText(valueText(value, schema), arena),
    read: (bytes, start, end) => parseValue(readText(bytes, start, end)) ?? { value: null },
  }),
});
