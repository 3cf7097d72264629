import { type Refusal, refusal } from './refusal.js';

const nameLengthMax = 249;

/** Why a topic may not be called this: Kafka's rules, which come from topics being folders and parts of metric names. */
export function refuseTopicName(name: string, existing: Iterable<string>): Refusal | undefined {
  const found = malformation(name) ?? collision(name, existing);
  return found === undefined ? undefined : refusal('INVALID_TOPIC_EXCEPTION', found);
}

function malformation(name: string): string | undefined {
  if (name === '') return 'a topic needs a name';
  if (name === '.' || name === '..') return `a topic cannot be called "${name}"`;
  if (name.length > nameLengthMax)
    return `the name "${name.slice(0, 32)}..." is longer than ${nameLengthMax} characters`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return `the name "${name}" may only hold letters, digits, ".", "_" and "-"`;
  return undefined;
}

function collision(name: string, existing: Iterable<string>): string | undefined {
  if (!/[._]/.test(name)) return undefined;
  const metricName = name.replaceAll('.', '_');
  for (const other of existing) {
    if (other !== name && other.replaceAll('.', '_') === metricName) {
      return `the name "${name}" differs from the topic "${other}" only in "." and "_", which metrics cannot tell apart`;
    }
  }
  return undefined;
}
