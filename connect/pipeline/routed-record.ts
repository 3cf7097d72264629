// All records of an output share one topic of the pipeline's log. The topic that a source or a transform gave one goes along in a header, and is the
// record's again before its sink sees it: `${topic}` then means the table or the topic that it came from.

import { originOf, type SinkRecord, type SourceHeader } from '../api/index.js';

const header = '__millrace.topic';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The headers with which the record goes into the log. */
export function routedHeaders(headers: readonly SourceHeader[], topic: string | undefined): readonly SourceHeader[] {
  return topic === undefined ? headers : [...headers, { key: header, value: encoder.encode(topic) }];
}

/** The record as its sink sees it. */
export function routed(record: SinkRecord): SinkRecord {
  const note = record.headers.find(({ key }) => key === header);
  if (note === undefined || note.value === null) return record;
  const { topic, partition } = originOf(record);
  // Not spread: one that is still in its bytes is no plain object.
  const { offset, key, value, timestamp, keySchema, valueSchema } = record;
  return {
    topic: decoder.decode(note.value),
    partition: record.partition,
    origin: { topic, partition },
    offset,
    key,
    value,
    timestamp,
    keySchema,
    valueSchema,
    headers: record.headers.filter(each => each.key !== header),
  };
}
