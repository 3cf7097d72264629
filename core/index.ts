// The face of core: everything above the log imports from here and from nowhere else in core.

export { assert, unreachable } from './base/assert.js';
export { type Duration, durationMs } from './base/duration.js';
export { AssertionFailure, ProtocolError, UsageError, WorldFault } from './base/errors.js';
export { type KafkaErrorName, kafkaErrorName } from './base/kafka-errors.js';
export { didYouMean, nearestWord } from './base/nearest-word.js';
export { type Size, sizeBytes } from './base/size.js';
export type { Clock, Timer } from './ports/clock.js';
export { type CodecName, type Compression, codecIds } from './ports/compression.js';
export type { DirectoryLock, Disk, DiskFile } from './ports/disk.js';
export type { Failpoint, Ports } from './ports/ports.js';
export type { Random } from './ports/random.js';
export { Arena } from './records/arena.js';
export type { FieldReader, FieldWriter } from './records/field.js';
export type { Serde } from './serdes/serde.js';
