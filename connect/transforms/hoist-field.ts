import { z } from 'zod';
import { option } from '../api/option.js';
import { structWith } from './data-shape.js';
import { readSettings } from './read-settings.js';
import type { Settings, Side, Transform } from './transform.js';

const spec = z.object({ field: option.text().describe('The field that holds what was there.') });

/** Kafka Connect's HoistField: the key or value becomes a field of an object. */
export function hoistField(settings: Settings, side: Side): Transform {
  const { field } = readSettings(spec, settings);
  return record => {
    const { schema, value } = record[side];
    const hoisted = { [field]: value };
    if (schema === undefined) return { ...record, [side]: { schema, value: hoisted } };
    return { ...record, [side]: structWith({ type: 'struct' }, [{ ...schema, field }], hoisted) };
  };
}
