// The face of `millrace/connect/api`: all that the author of a connector imports.

export type {
  ConnectorClock,
  ConnectorMetrics,
  Logger,
  SinkContext,
  SourceContext,
  TaskContext,
} from './context.js';
export {
  type ByteArena,
  type Converted,
  type Converter,
  type ConverterContext,
  type ConverterDefinition,
  defineConverter,
} from './converter.js';
export { ConfigError, DataError, RetriableError } from './errors.js';
export type { FlatObject, FlatReader, FlatShape } from './flat-object.js';
export { defineLookup, type LookupDefinition, type LookupTask } from './lookup.js';
export { option } from './option.js';
export { type ConfigKey, configKeys, optionTable } from './option-table.js';
export {
  type BadRecord,
  type CommittedOffset,
  originOf,
  type Primitive,
  type RecordHeader,
  type SinkBatch,
  type SinkRecord,
  type SourceBatch,
  type SourceHeader,
  type SourceOffset,
  type SourcePartition,
  type SourceRecord,
  type TopicOffset,
  type TopicPartition,
} from './record.js';
export type { Schema, SchemaType } from './schema.js';
export { type AlteredTopicOffset, defineSink, type SinkDefinition, type SinkTask } from './sink.js';
export {
  type AlteredOffset,
  type ConfigSpec,
  defineSource,
  type Polled,
  type SourceDefinition,
  type SourceTask,
} from './source.js';
export {
  definePredicate,
  defineTransform,
  type Predicate,
  type PredicateDefinition,
  type Side,
  type Transform,
  type TransformContext,
  type TransformDefinition,
  type TransformHeader,
  type TransformRecord,
  type Valued,
} from './transform.js';
export { Decimal } from './values/decimal.js';
export { jsonText } from './values/json-text.js';
export { exactJson } from './values/json-text-reader.js';
export { type LogicalType, logicalTypeOf } from './values/logical-type.js';
