import type { DraftNode } from '../topology/draft.js';
import type { DslContext, GroupedDraft, StreamDraft } from './drafts.js';
import { repartitioned } from './repartition.js';

/** A named grouping of a re-keyed stream has one repartition topic for all its aggregates; without a name each has its own. */
export function groupedDraft(context: DslContext, stream: StreamDraft, name: string | undefined): GroupedDraft {
  let shared: DraftNode | undefined;
  return {
    key: stream.key,
    value: stream.value,
    partitioned: (operator, serdes) => {
      if (!stream.isRekeyed) return stream.node;
      if (shared !== undefined) return shared;
      const node = repartitioned(
        context,
        { ...stream, key: serdes.key, value: serdes.value },
        { operator: name ?? operator },
      );
      if (name !== undefined) shared = node;
      return node;
    },
  };
}
