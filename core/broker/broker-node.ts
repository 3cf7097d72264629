import type { LogDirectory } from '../log/log-directory.js';
import type { Ports } from '../ports/ports.js';
import type { BrokerConfig } from './broker-config.js';
import type { ClusterCatalogue } from './cluster-catalogue.js';
import type { GroupCoordinator } from './group-coordinator.js';
import type { KeylessRecords } from './keyless-records.js';
import type { PendingFetches } from './pending-fetches.js';
import type { ProducerIds } from './producer-ids.js';
import type { TimestampCheck } from './timestamp-bounds.js';
import type { TopicTable } from './topic-table.js';
import type { TransactionCoordinator } from './transaction-coordinator.js';
import type { TransactionMarkers } from './transaction-markers.js';

/** What the handlers work with: the parts of one broker. */
export interface BrokerNode {
  readonly ports: Ports;
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly directory: LogDirectory;
  readonly topics: TopicTable;
  readonly catalogue: ClusterCatalogue;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly transactionMarkers: TransactionMarkers;
  readonly producerIds: ProducerIds;
  readonly pendingFetches: PendingFetches;
  readonly keylessRecords: KeylessRecords;
  readonly timestampCheck: TimestampCheck;
  /** A new one for each member of a group. */
  randomUuid(): string;
}
