import { z } from 'zod';
import { ConfigError } from './errors.js';

/** A list that names at least one thing, and no empty one. */
export function namedList(meaning: string) {
  return z
    .union([z.array(z.string()), z.string()], { error: 'must be a list, or a text with commas' })
    .transform(given => (Array.isArray(given) ? given : given.split(',')).map(item => item.trim()))
    .refine(list => list.join('') !== '', 'must not be empty')
    .refine(list => !list.includes(''), 'values must not be empty')
    .meta({ type: 'list' })
    .describe(meaning);
}

/** The settings of a transform or converter, checked. Throws ConfigError naming what is wrong; an empty setting (null) is as good as none. */
export function readSettings<S extends z.ZodObject>(spec: S, settings: Readonly<Record<string, unknown>>): z.output<S> {
  const given = Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, typeof value === 'string' ? value.trim() : value]),
  );
  const read = spec.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map(issue => {
    const key = String(issue.path[0] ?? '');
    return key in given ? `${key}: ${issue.message}` : `${key}: this option is required`;
  });
  throw new ConfigError(faults.join('\n'));
}
