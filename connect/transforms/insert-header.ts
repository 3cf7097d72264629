import { z } from 'zod';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';
import { parseValue } from '../api/values/parse-value.js';

const spec = z.object({
  header: option.text().describe('Name of the header.'),
  'value.literal': option
    .text()
    .describe('Its value; what looks like a boolean, number, date, list or map is one, as in headers that are read.'),
});

/** Kafka Connect's InsertHeader. */
export const insertHeader = defineTransform({
  name: 'InsertHeader',
  description: 'Adds a header with a fixed value.',
  config: spec,
  start({ header, 'value.literal': literal }) {
    const { schema, value } = parseValue(literal) ?? { schema: undefined, value: null };
    return record => ({ ...record, headers: [...record.headers, { key: header, schema, value }] });
  },
});
