import type { ConnectorShelf } from './connector-kit.js';

/** The shelf with `topic`: topics of a log that is named by its URL. */
export function withTopics(connectors: ConnectorShelf): ConnectorShelf {
  return {
    topic: async () => {
      const { topicSource } = await import('./topic-source.js');
      const { topicSink } = await import('./topic-sink.js');
      return { source: topicSource, sink: topicSink };
    },
    ...connectors,
  };
}
