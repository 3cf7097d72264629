import type { Log } from '../../../core/index.js';
import { ClientLogs } from '../clients/client-logs.js';
import { ClientOverrides } from '../clients/client-overrides.js';
import type { ResolvedConnector } from './resolved-connector.js';
import type { WorkerParts } from './worker-parts.js';

/** A sink's group is where its consumer is, and may be another's: `admin.override.*` says how it is reached, as in Kafka Connect. */
export async function onGroup<T>(
  { log, connectAs }: Pick<WorkerParts, 'log' | 'connectAs'>,
  { config }: Pick<ResolvedConnector, 'config'>,
  work: (log: Log, overrides: ClientOverrides) => Promise<T>,
): Promise<T> {
  const overrides = new ClientOverrides(config);
  await using logs = await ClientLogs.open({ log, ...(connectAs !== undefined && { connectAs }) }, overrides, [
    'admin',
  ]);
  return await work(logs.of('admin'), overrides);
}
