import { z } from 'zod';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';
import { structWith } from './data-shape.js';

const spec = z.object({ field: option.text().describe('The field that holds what was there.') });

/** Kafka Connect's HoistField. */
export const hoistField = defineTransform({
  name: 'HoistField',
  hasSides: true,
  description: 'The key or value becomes a field of an object.',
  config: spec,
  start({ field }, { side }) {
    return record => {
      const { schema, value } = record[side];
      const hoisted = { [field]: value };
      if (schema === undefined) return { ...record, [side]: { schema, value: hoisted } };
      return { ...record, [side]: structWith({ type: 'struct' }, [{ ...schema, field }], hoisted) };
    };
  },
});
