import type { BrokerTrouble } from './broker-trouble.js';
import type { RebalanceListener } from './consumer-options.js';
import type { GroupLane } from './group-lane.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import type { HandoverWay } from './handover.js';

/** What a session works with. */
export interface GroupWay extends HandoverWay {
  readonly lane: GroupLane;
  readonly trouble: BrokerTrouble;
  readonly wake: () => void;
}

/**
 * A consumer's part in its group, by one of Kafka's two group protocols. It moves only when the consumer polls, so that partitions
 * never change hands while the application works on what a poll returned.
 */
export interface GroupSession {
  readonly facts: MemberFacts;
  readonly metadata: GroupMetadata;
  subscribe(topics: readonly string[], listener: RebalanceListener): void;
  /** The application works, though it does not poll at the moment. */
  alive(): void;
  /** The application waits for records. False where a poll has to look first: then it does not count as alive. Only asked beside a broker in this process. */
  rests(): boolean;
  /** The coordinator refused a commit of the member that `told` was. */
  noteLost(told: MemberFacts): void;
  /** A commit of the member that `told` was came with an old epoch; true when there is a newer one to try it with. */
  isRenewed(told: MemberFacts): Promise<boolean>;
  /** One step of what there is to do; the waiting is done by the poll. Throws what keeps the consumer out of its group. */
  advance(): Promise<void>;
  leave(): Promise<void>;
}
