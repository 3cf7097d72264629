import { json, type Log } from '../../core/index.js';
import type { Step } from './step.js';

/** What a step has told its flow to remember: the last value of each key in the topic of the pipeline's state, as far as it was committed. */
export async function rememberedState(log: Log, topic: string, step: Step): Promise<ReadonlyMap<string, unknown>> {
  const entries = new Map<string, unknown>();
  const place = { topic, partition: 0 };
  const options = { isolationLevel: 'read_committed', autoOffsetReset: 'earliest' } as const;
  await using consumer = log.consumer({ key: json<Enveloped>(), value: json<Enveloped>(), ...options });
  await using admin = log.admin();
  consumer.assign([place]);
  consumer.seek(place, 'start');
  const [end] = await admin.listOffsets([place], 'end');
  while (end !== undefined && (await consumer.position(place)) < end.offset) {
    for (const { key, value } of await consumer.poll({ waitMs: 500 })) {
      const [name, remembered] = (key?.payload ?? []) as readonly string[];
      if (name !== step.name || remembered === undefined) continue;
      entries.delete(remembered);
      if (value !== null) entries.set(remembered, value.payload);
    }
  }
  return entries;
}

/** As the json converter writes values that have no schema. */
interface Enveloped {
  readonly payload: unknown;
}
