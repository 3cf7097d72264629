// How a source is told to end where there is no more, instead of waiting for it: for previews, tables that are looked into, and runs of a schedule.

import type { PipelineSource } from './compiled-pipeline.js';
import type { FaultList } from './fault-list.js';
import { isUnset } from './variables.js';

const endings: Readonly<Record<string, unknown>> = { mode: 'once', 'poll.once': true };

/** The options that the connector has for it; none where it ends by itself, or never. */
export function endingOf({ connector }: PipelineSource): Readonly<Record<string, unknown>> {
  const { shape } = connector.config as { shape: Record<string, { safeParse(value: unknown): { success: boolean } }> };
  const known = Object.entries(endings).filter(([key, value]) => shape[key]?.safeParse(value).success === true);
  return Object.fromEntries(known);
}

/** A run of a schedule has an end where nothing else is said; what says otherwise is noted as a warning. `path`: of the source's options. */
export function endingSource(source: PipelineSource, path: readonly string[], faults: FaultList): PipelineSource {
  const ending = endingOf(source);
  for (const [key, value] of Object.entries(ending)) {
    const given = source.config[key];
    if (given === undefined || String(given) === String(value) || isUnset(String(given))) continue;
    faults.warn(
      [...path, key],
      `such a run has no end by itself, and the schedule fires no more while it goes on: say ${key}: ${String(value)}`,
    );
  }
  return { ...source, config: { ...ending, ...source.config } };
}
