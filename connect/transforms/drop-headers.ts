import { z } from 'zod';
import { namedList } from '../api/read-settings.js';
import { defineTransform } from '../api/transform.js';

const spec = z.object({ headers: namedList('Names of the headers to leave out.') });

/** Kafka Connect's DropHeaders. */
export const dropHeaders = defineTransform({
  name: 'DropHeaders',
  description: 'Leaves out headers.',
  config: spec,
  start({ headers }) {
    return record => ({ ...record, headers: record.headers.filter(({ key }) => !headers.includes(key)) });
  },
});
