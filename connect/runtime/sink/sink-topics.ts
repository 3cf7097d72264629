// The topics that a sink reads: those named in `topics`, or those whose whole name `topics.regex` matches. In a worker they need not be there yet; new ones
// are looked for as long as the sink runs.

import type { Log } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { TopicPartition } from '../../api/record.js';
import { wholeMatch } from '../../transforms/routers.js';
import type { SinkRuntimeOptions } from '../runtime-options.js';

/** How often topics that are missing, or that a pattern may match, are looked for. */
const missingLookMs = 2_000;
const patternLookMs = 30_000;

export class SinkTopics {
  readonly #log: Log;
  readonly #named: readonly string[];
  readonly #pattern: RegExp | undefined;
  readonly #patternLookMs: number;
  #current: readonly string[] = [];

  /** Throws ConfigError unless the configuration says in one way which topics are meant. */
  constructor(log: Log, runtime: SinkRuntimeOptions, metadataMaxAgeMs: number | undefined) {
    this.#log = log;
    this.#patternLookMs = Math.max(100, metadataMaxAgeMs ?? patternLookMs);
    this.#named = [...new Set(runtime.topics)];
    const regex = runtime['topics.regex'] ?? '';
    if (this.#named.length > 0 === (regex !== '')) {
      throw new ConfigError(
        regex === ''
          ? 'topics: name at least one topic, or give a topics.regex'
          : 'topics and topics.regex: give one of them, not both',
      );
    }
    this.#pattern = regex === '' ? undefined : wholeMatch(regex, 'topics.regex');
    const letters = runtime['errors.deadletterqueue.topic.name'] ?? '';
    if (this.#named.includes(letters) || (letters !== '' && this.#pattern?.test(letters) === true)) {
      throw new ConfigError(
        'errors.deadletterqueue.topic.name: the dead letters cannot go to a topic that the connector reads',
      );
    }
  }

  /** Those that were there when it was last looked. */
  get current(): readonly string[] {
    return this.#current;
  }

  /** After how long it is worth looking again; undefined: never. */
  get lookAgainMs(): number | undefined {
    if (this.#pattern !== undefined)
      return this.#current.length === 0 ? Math.min(missingLookMs, this.#patternLookMs) : this.#patternLookMs;
    return this.#current.length < this.#named.length ? missingLookMs : undefined;
  }

  /** Whether others are there than before. */
  async look(): Promise<boolean> {
    const known = await this.#known();
    const found = this.#pattern === undefined ? this.#named : known.filter(name => this.#pattern!.test(name));
    const current = found.filter(name => known.includes(name)).sort();
    const isOther = current.join() !== this.#current.join();
    this.#current = current;
    return isOther;
  }

  /** Throws ConfigError for one that is not there. */
  async requireAll(): Promise<void> {
    await this.look();
    const missing = this.#named.find(name => !this.#current.includes(name));
    if (missing === undefined) return;
    throw new ConfigError(`topics: there is no topic "${missing}"`, { given: missing, known: await this.#known() });
  }

  /** Of those that are there now. */
  async partitions(): Promise<readonly TopicPartition[]> {
    await this.look();
    if (this.#current.length === 0) return [];
    await using admin = this.#log.admin();
    const topics = await admin.describeTopics(this.#current);
    return topics.flatMap(topic => topic.partitions.map(({ partition }) => ({ topic: topic.name, partition })));
  }

  async #known(): Promise<readonly string[]> {
    await using admin = this.#log.admin();
    return (await admin.listTopics({ withInternal: this.#pattern === undefined })).map(({ name }) => name);
  }
}
