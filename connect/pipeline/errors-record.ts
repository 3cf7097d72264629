// A bad record on its way to the `errors` of a pipeline: the original key and value, and Kafka Connect's headers of dead letters. A topic gets it
// like that; any other sink gets one object that says it all, as files and tables have no headers.

import type { SinkRecord, SourceHeader } from '../api/index.js';
import type { FlowRecord } from './flow-record.js';

const prefix = '__connect.errors.';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Misfortune {
  readonly pipeline: string;
  /** Where: TASK_POLL (the source could not read it) or TRANSFORMATION; the runtime adds its own for sinks. */
  readonly stage: 'TASK_POLL' | 'TRANSFORMATION';
  readonly step?: string | undefined;
  readonly error: Error;
  readonly position?: Readonly<Record<string, unknown>> | undefined;
}

export function errorHeaders(headers: readonly SourceHeader[], misfortune: Misfortune): readonly SourceHeader[] {
  const { pipeline, stage, step, error, position } = misfortune;
  const facts: Record<string, unknown> = {
    'connector.name': pipeline,
    'task.id': 0,
    stage,
    ...(step !== undefined && { step }),
    'exception.class.name': error.name,
    'exception.message': error.message,
    ...Object.fromEntries(Object.entries(position ?? {}).map(([name, value]) => [`position.${name}`, value])),
  };
  const told = Object.entries(facts).map(([key, fact]) => ({ key: prefix + key, value: encoder.encode(String(fact)) }));
  return [...headers.filter(({ key }) => !key.startsWith(prefix)), ...told];
}

/** What a sink that is no topic is given. */
export function unfolded(record: SinkRecord): SinkRecord {
  const facts = new Map<string, string>();
  const headers: Record<string, string | null> = {};
  for (const { key, value } of record.headers) {
    const text = value === null ? null : decoder.decode(value);
    if (key.startsWith(prefix)) facts.set(key.slice(prefix.length), text ?? '');
    else headers[key] = text;
  }
  const positions = [...facts].filter(([name]) => name.startsWith('position.'));
  const value = {
    stage: facts.get('stage') ?? null,
    step: facts.get('step') ?? null,
    error: facts.get('exception.message') ?? null,
    position: Object.fromEntries(positions.map(([name, text]) => [name.slice('position.'.length), text])),
    key: record.key ?? null,
    value: record.value ?? null,
    headers,
    timestamp: record.timestamp,
  };
  return { ...record, value, valueSchema: undefined };
}

/** A value in a message, as far as it is short. */
export function excerpt(record: FlowRecord): string {
  const text =
    JSON.stringify(record.value, (_, value) => (typeof value === 'bigint' ? `${value}` : value)) ?? 'nothing';
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
