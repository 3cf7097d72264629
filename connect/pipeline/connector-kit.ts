import type { LookupDefinition, SinkDefinition, SourceDefinition } from '../api/index.js';

/** What one kind of connector has to offer to a pipeline. */
export interface ConnectorKit {
  // biome-ignore lint/suspicious/noExplicitAny: their configurations are checked when a pipeline names them
  readonly source?: SourceDefinition<any> | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly sink?: SinkDefinition<any> | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly lookup?: LookupDefinition<any> | undefined;
}

/** The connectors that a pipeline may name, loaded when it does. */
export type ConnectorShelf = Readonly<Record<string, () => Promise<ConnectorKit>>>;
