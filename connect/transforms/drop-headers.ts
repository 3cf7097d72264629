import { z } from 'zod';
import { namedList, readSettings } from './read-settings.js';
import type { Settings, Transform } from './transform.js';

const spec = z.object({ headers: namedList('Names of the headers to leave out.') });

/** Kafka Connect's DropHeaders. */
export function dropHeaders(settings: Settings): Transform {
  const { headers } = readSettings(spec, settings);
  return record => ({ ...record, headers: record.headers.filter(({ key }) => !headers.includes(key)) });
}
