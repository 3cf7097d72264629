import { z } from 'zod';
import { defineTransform } from '../api/transform.js';

/** Kafka Connect's Filter. */
export const filter = defineTransform({
  name: 'Filter',
  description: 'The record goes no further. Only of use with a predicate.',
  config: z.object({}),
  start: () => () => undefined,
});
