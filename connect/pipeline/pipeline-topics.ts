import type { Log } from '../../core/index.js';
import { ensureTopic } from '../runtime/ensure-topic.js';

/** The topics of a pipeline in its own log. Sinks see their names: as `${topic}`, and in names of files. */
export class PipelineTopics {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** '' is the pipeline's own sink, all others are those of branches. */
  ofOutput(output: string): string {
    return output === '' ? this.#name : `${this.#name}-${output}`;
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
    const configs = { 'retention.ms': '-1' };
    for (const output of outputs) await ensureTopic(log, { name: this.ofOutput(output), partitions: 1, configs });
    await ensureTopic(log, { name: this.errors, partitions: 1, configs });
    await ensureTopic(log, { name: this.state, partitions: 1, configs: { 'cleanup.policy': 'compact' } });
  }
}
