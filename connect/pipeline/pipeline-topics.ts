import type { Log } from '../../core/index.js';
import { ensureTopic } from '../runtime/ensure-topic.js';
import { segmentBytes } from './pipeline-log.js';

/** Where the runtime keeps how far sources were read. */
const offsetsTopic = 'connect-offsets';

/** Of the name of a topic, in Kafka. */
const nameLengthMax = 249;

/** A bad record may be one because it is too large for the others. */
const errorBytesMax = 64 * 1024 * 1024;

/** The topics of a pipeline in its own log. Sinks see their names where a record has no topic of its own, and in names of files. */
export class PipelineTopics {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** '' is the pipeline's own sink, all others are those of branches. */
  ofOutput(output: string): string {
    return output === '' ? this.#name : `${this.#name}-${output}`;
  }

  /** Why an output cannot have the topic that its name makes; undefined where it can. */
  faultOf(output: string): string | undefined {
    const topic = this.ofOutput(output);
    const place = output === '' ? 'its topic' : `the topic of its branch "${output}"`;
    if (topic === offsetsTopic)
      return `${place} would be ${topic}, in which it is kept how far sources were read: name it otherwise`;
    if (topic.length <= nameLengthMax) return undefined;
    return `the name of ${place} would have ${topic.length} letters, and ${nameLengthMax} are allowed: give one of them a shorter name`;
  }

  get errors(): string {
    return `${this.#name}-errors`;
  }

  /** Compacted: what steps remember. */
  get state(): string {
    return `${this.#name}-state`;
  }

  /** Makes those that are missing. Nothing is deleted by age: what the sinks have taken is. */
  async make(log: Log, outputs: Iterable<string>): Promise<void> {
    const small = { 'segment.bytes': String(segmentBytes), 'file.delete.delay.ms': '0' };
    const configs = { ...small, 'retention.ms': '-1', 'max.message.bytes': String(segmentBytes) };
    const compacted = { ...small, 'cleanup.policy': 'compact' };
    for (const output of outputs) await ensureTopic(log, { name: this.ofOutput(output), partitions: 1, configs });
    const large = { 'segment.bytes': String(errorBytesMax), 'max.message.bytes': String(errorBytesMax) };
    await ensureTopic(log, { name: this.errors, partitions: 1, configs: { ...configs, ...large } });
    for (const name of [this.state, offsetsTopic]) await ensureTopic(log, { name, partitions: 1, configs: compacted });
  }
}
