// The input of a scenario, as it arrives: some records, then time to process them, then the next. It goes on where the log says that it ended,
// so that a run that died in between gets each record once.

import { type Log, partitionOf, type TopicPartition } from '../../core/index.js';
import type { CrashInput, CrashScenario } from './crash-scenario.js';
import { encoded } from './stored-record.js';

/** Time for an app to take, process and commit what has arrived. */
const arrivalIntervalMs = 100;

interface Arrival extends CrashInput {
  readonly partition: number;
  /** Its offset in its partition. */
  readonly offset: number;
}

export class ArrivingInput {
  readonly #arrivals: readonly Arrival[];
  readonly #recordsPerArrival: number;

  constructor({ input, partitions = 1, recordsPerArrival = 5 }: CrashScenario) {
    const counts = new Map<string, number>();
    this.#recordsPerArrival = recordsPerArrival;
    this.#arrivals = input.map(record => {
      const key = encoded(record.topic.key, record.key);
      const partition = record.partition ?? (key === null ? 0 : partitionOf(key, 0, key.length, partitions));
      const place = `${record.topic.name}-${partition}`;
      const offset = counts.get(place) ?? 0;
      counts.set(place, offset + 1);
      return { ...record, partition, offset };
    });
  }

  /** -1 when no record has one. */
  get newestTimestamp(): number {
    return this.#arrivals.reduce((newest, { timestamp }) => Math.max(newest, timestamp ?? -1), -1);
  }

  get topics(): readonly string[] {
    return [...new Set(this.#arrivals.map(({ topic }) => topic.name))];
  }

  /** Resolves when the last records have had their time. */
  async arrive(log: Log): Promise<void> {
    const ends = await this.#ends(log);
    const missing = this.#arrivals.filter(({ topic, partition, offset }) => offset >= ends(topic.name, partition));
    const producer = log.producer();
    for (let from = 0; from < missing.length; from += this.#recordsPerArrival) {
      const sent = missing
        .slice(from, from + this.#recordsPerArrival)
        .map(({ topic, key, value, timestamp, partition }) =>
          producer.send(topic, { key, value, timestamp, partition }),
        );
      await Promise.all(sent);
      await log.ports.clock.sleep(arrivalIntervalMs);
    }
    await producer.close();
  }

  async #ends(log: Log): Promise<(topic: string, partition: number) => number> {
    const places = new Map<string, TopicPartition>();
    for (const { topic, partition } of this.#arrivals)
      places.set(`${topic.name}-${partition}`, { topic: topic.name, partition });
    const consumer = log.consumer();
    const found = await consumer.endOffsets([...places.values()]);
    await consumer.close();
    const ends = new Map(found.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
    return (topic, partition) => ends.get(`${topic}-${partition}`) ?? 0;
  }
}
