// What all sinks of a pipeline have made durable need not be kept: again and again its log is cut off at what they have committed, so that a run that
// goes on for months keeps no more than they are behind.

import type { Log, PartitionOffset, Timer } from '../../core/index.js';

const trimEveryMs = 5_000;

export interface TrimmedOutput {
  readonly topic: string;
  /** The group in which its sink commits. */
  readonly group: string;
}

export class DeliveredTrim {
  readonly #log: Log;
  readonly #outputs: readonly TrimmedOutput[];
  readonly #failed: (error: Error) => void;
  readonly #trimmed = new Map<string, number>();
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(log: Log, outputs: readonly TrimmedOutput[], failed: (error: Error) => void) {
    this.#log = log;
    this.#outputs = outputs;
    this.#failed = failed;
  }

  start(): void {
    this.#timer = this.#log.ports.clock.setTimer(trimEveryMs, () => {
      this.#running = this.once().then(() => this.start(), this.#failed);
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
    this.#timer?.cancel();
  }

  async once(): Promise<void> {
    await using admin = this.#log.admin();
    const before: PartitionOffset[] = [];
    for (const { topic, group } of this.#outputs) {
      const offset = await committedIn(this.#log, { topic, group });
      if (offset <= (this.#trimmed.get(topic) ?? 0)) continue;
      before.push({ topic, partition: 0, offset });
      this.#trimmed.set(topic, offset);
    }
    if (before.length > 0) await admin.deleteRecords(before);
  }
}

/** How far the sink of an output has come, 0 where it has committed nothing. */
export async function committedIn(log: Log, { topic, group }: TrimmedOutput): Promise<number> {
  await using consumer = log.consumer({ groupId: group });
  const [committed] = await consumer.committed([{ topic, partition: 0 }]);
  return committed?.offset ?? 0;
}
