import { json, type Log } from '../../core/index.js';
import { readTopic } from './read-topic.js';
import type { Step } from './step.js';

/** What a step has told its flow to remember: the last value of each key in the topic of the pipeline's state, as far as it was committed. */
export async function rememberedState(log: Log, topic: string, step: Step): Promise<ReadonlyMap<string, unknown>> {
  const entries = new Map<string, unknown>();
  for await (const { key, value } of readTopic(log, topic, serdes)) {
    const [name, remembered] = key ?? [];
    if (name !== step.name || remembered === undefined) continue;
    entries.delete(remembered);
    if (value !== null) entries.set(remembered, value);
  }
  return entries;
}

/** Values without schema are plain JSON there (see `pipelineConverter`). */
const serdes = { key: json<readonly string[]>(), value: json<unknown>() };
