import { RetriableError } from '../api/errors.js';
import type { SinkBatch } from '../api/record.js';
import { ConformanceFailure } from './conformance-failure.js';
import { DrivenSink, type GroupOffsets } from './driven-sink.js';
import type { SinkPlace, SinkUnderTest } from './fixtures.js';
import { SinkTopic } from './sink-topic.js';
import type { Stage } from './stage.js';

/** A topic, a group and a sink that are new for each case. */
export class SinkScene {
  readonly stage: Stage;
  readonly under: SinkUnderTest;
  readonly place: SinkPlace;
  readonly topic: SinkTopic;
  readonly group: GroupOffsets = new Map();

  constructor(stage: Stage, under: SinkUnderTest, place: SinkPlace) {
    this.stage = stage;
    this.under = under;
    this.place = place;
    this.topic = new SinkTopic(under);
  }

  start(
    partitions: readonly number[],
    more: { readonly tolerates?: boolean; readonly failpoint?: (name: string) => void } = {},
  ): Promise<DrivenSink> {
    return DrivenSink.start(this.stage, { ...this, ...more }, partitions);
  }

  /** What the sink holds is what the topic says. */
  async requireHeld(without?: Parameters<SinkTopic['requireHeld']>[1]): Promise<void> {
    this.topic.requireHeld(await this.stage.within('content()', this.place.content()), without);
  }

  /** A last life, which reads on to the ends; then the sink holds what it should. */
  async finishFrom(partitions: readonly number[]): Promise<void> {
    const sink = await this.start(partitions);
    await sink.feed(Object.fromEntries(partitions.map(partition => [partition, this.topic.end(partition)])));
    await sink.finish();
    await this.requireHeld();
  }

  /** As the runtime does: the same batch again, while it will pass. */
  async putUntilTaken(sink: DrivenSink, batch: SinkBatch): Promise<void> {
    await this.stage.until('a batch is taken once the other side is back', async () => {
      const error = await failureOf(sink, batch);
      if (error === undefined) return true;
      if (!(error instanceof RetriableError)) throw error as Error;
      await this.stage.clock.sleep(20);
      return false;
    });
    sink.positions.set(batch.partition, batch.records.at(-1)!.offset + 1);
  }
}

/** What `put` throws. */
export async function failureOf(sink: DrivenSink, batch: SinkBatch): Promise<unknown> {
  try {
    await sink.put([batch]);
  } catch (error) {
    passVerdict(error);
    return error;
  }
  return undefined;
}

/** What the suite itself has found is no failure of the other side. */
export function passVerdict(error: unknown): void {
  if (error instanceof ConformanceFailure) throw error;
}
