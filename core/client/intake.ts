// Where a consumer's partitions come from: its group, whole topics outside of any group, or the application by hand.

import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { ClassicSession } from './classic-session.js';
import type { RebalanceListener } from './consumer-options.js';
import { ConsumerProtocolSession } from './consumer-protocol-session.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { GroupLane } from './group-lane.js';
import type { GroupSession, GroupWay } from './group-session.js';
import type { TopicPartition } from './topic.js';
import { type TopicsWay, WholeTopics } from './whole-topics.js';

type Source =
  | { readonly kind: 'none' }
  | { readonly kind: 'group'; readonly session: GroupSession }
  /** Every partition of these topics, outside of any group. */
  | { readonly kind: 'topics'; readonly topics: WholeTopics }
  | { readonly kind: 'assigned' };

export interface IntakeWay extends Omit<GroupWay, 'lane'>, TopicsWay {
  /** Both undefined without a group. */
  readonly lane: GroupLane | undefined;
  readonly joinLane: GroupLane | undefined;
}

export class Intake {
  readonly #ports: Ports;
  readonly #settings: ConsumerSettings;
  readonly #way: IntakeWay;
  #source: Source = { kind: 'none' };

  constructor(ports: Ports, settings: ConsumerSettings, way: IntakeWay) {
    this.#ports = ports;
    this.#settings = settings;
    this.#way = way;
  }

  /** undefined outside of any membership. */
  get session(): GroupSession | undefined {
    return this.#source.kind === 'group' ? this.#source.session : undefined;
  }

  subscribe(topics: readonly string[], listener: RebalanceListener): void {
    if (this.#source.kind === 'assigned') throw new UsageError('partitions are assigned by hand: use another consumer');
    const { lane, joinLane } = this.#way;
    if (lane === undefined || joinLane === undefined) {
      this.#source = { kind: 'topics', topics: new WholeTopics(this.#ports.clock, this.#settings, this.#way, topics) };
      return;
    }
    const session = this.session ?? this.#open(lane, joinLane);
    session.subscribe(topics, listener);
    this.#source = { kind: 'group', session };
  }

  assign(partitions: readonly TopicPartition[]): void {
    if (this.#source.kind === 'group') throw new UsageError('the group assigns the partitions: use another consumer');
    this.#source = { kind: 'assigned' };
    this.#way.assignment.replace(partitions, this.#way.lane === undefined ? 'policy' : 'committed');
    this.#way.reassigned();
  }

  /** One step towards an assignment that is up to date. */
  async advance(): Promise<void> {
    const source = this.#source;
    if (source.kind === 'none') throw new UsageError('subscribe to topics or assign partitions before the first poll');
    if (source.kind === 'group') await source.session.advance();
    if (source.kind === 'topics') source.topics.advance();
  }

  /** The partitions of the topics are not known yet: `findTopics` asks. */
  get awaitsTopics(): boolean {
    return this.#source.kind === 'topics' && !this.#source.topics.areKnown;
  }

  async findTopics(): Promise<void> {
    if (this.#source.kind === 'topics') await this.#source.topics.find();
  }

  /** The application waits for records. False where a poll would find something. Only asked beside a broker in this process. */
  rests(): boolean {
    if (this.#source.kind === 'topics') return this.#source.topics.rests();
    return this.session?.rests() ?? true;
  }

  #open(lane: GroupLane, joinLane: GroupLane): GroupSession {
    const way = { ...this.#way, lane, joinLane };
    return this.#settings.groupProtocol === 'consumer'
      ? new ConsumerProtocolSession(this.#ports, this.#settings, way)
      : new ClassicSession(this.#ports, this.#settings, way);
  }
}
