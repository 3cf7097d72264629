// One member of a group of the consumer protocol (KIP-848): everything it says goes by heartbeats, and the coordinator shares out. It knows
// what the coordinator wants it to have, not what it has: the session makes the one into the other, and acknowledges.
//
//   outside -> joining (epoch 0) -> member (the epoch goes up with every assignment) -> outside (epoch -1, or -2 for a static member)
//   member -> fenced (the coordinator does not know it or its epoch any more): what it has is lost, and it joins again

import { ProtocolError, WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrorName } from '../base/kafka-errors.js';
import type { Timer } from '../ports/clock.js';
import type { Ports } from '../ports/ports.js';
import { consumerGroupHeartbeat } from '../protocol/68-consumer-group-heartbeat.js';
import type { RequestOf, ResponseOf } from '../protocol/api.js';
import type { GroupLane } from './group-lane.js';
import type { GroupMetadata } from './group-metadata.js';
import type { MemberFacts } from './group-offsets.js';
import { isTransient, refusal } from './refusal.js';
import { backoffMs } from './retry.js';

export interface HeartbeatSettings {
  readonly maxPollIntervalMs: number;
  readonly groupInstanceId: string | null;
  /** 'uniform', 'range' or what the brokers have besides; undefined: the group's default. */
  readonly groupRemoteAssignor: string | undefined;
}

export interface TopicIdPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

type Heartbeat = RequestOf<typeof consumerGroupHeartbeat>;
type Answer = ResponseOf<typeof consumerGroupHeartbeat>;
type HeartbeatState = 'outside' | 'joining' | 'member' | 'fenced';

const joiningEpoch = 0;
const leavingEpoch = -1;
/** Of a static member: it comes back, and its partitions wait for it. */
const pausingEpoch = -2;

const meansFenced: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'FENCED_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
  // Everybody's session was over, and then somebody deleted the group.
  'GROUP_ID_NOT_FOUND',
]);

/** Until the coordinator has said how often it wants to hear of the member. */
const firstIntervalMs = 1_000;

const renewalAttempts = 50;
const renewalDelayMs = 40;

export class HeartbeatMembership {
  state: HeartbeatState = 'outside';
  /** What the member is to have; another object with every change. undefined until the coordinator said. */
  target: readonly TopicIdPartitions[] | undefined;
  readonly #ports: Ports;
  readonly #settings: HeartbeatSettings;
  readonly #lane: GroupLane;
  readonly #changed: () => void;
  readonly #memberId: string;
  #epoch = joiningEpoch;
  /** With which the present membership began: what carries an older one is of a membership before. */
  #firstEpoch = joiningEpoch;
  #topics: readonly string[] = [];
  #owned: readonly TopicIdPartitions[] = [];
  /** What the coordinator has not heard of yet; everything after a heartbeat without an answer. */
  readonly #unsaid = { all: true, topics: true, owned: true };
  #intervalMs = firstIntervalMs;
  #attempts = 0;
  #timer: Timer | undefined;
  #isBeating = false;
  #mustBeatAgain = false;
  #failure: Error | undefined;
  #lastPollMs = 0;

  constructor(
    ports: Ports,
    settings: HeartbeatSettings,
    way: {
      readonly lane: GroupLane;
      /** A poll should look what has changed. */
      readonly changed: () => void;
    },
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#lane = way.lane;
    this.#changed = way.changed;
    // Not with a dash in front, which command line tools take for an option.
    this.#memberId = Buffer.from(ports.random.bytes(16)).toString('base64url').replace(/^-/, '_');
  }

  get facts(): MemberFacts {
    const { groupInstanceId } = this.#settings;
    return { memberId: this.#memberId, generationId: this.#epoch, groupInstanceId };
  }

  get metadata(): GroupMetadata {
    return { groupId: this.#lane.groupId, ...this.facts };
  }

  /** The application is alive. Throws when the member was refused. */
  polled(): void {
    this.#lastPollMs = this.#ports.clock.monotonic();
    if (this.#failure !== undefined) throw this.#failure;
  }

  subscribe(topics: readonly string[]): void {
    this.#topics = topics;
    this.#unsaid.topics = true;
    if (this.state === 'member') this.#beatSoon();
  }

  /** Only with nothing owned. */
  join(): void {
    this.state = 'joining';
    this.#epoch = joiningEpoch;
    this.#owned = [];
    this.target = undefined;
    this.#unsaid.all = true;
    this.#beatSoon();
  }

  /** The member has exactly these: what it has given up may go to others. */
  acknowledge(owned: readonly TopicIdPartitions[]): void {
    this.#owned = owned;
    this.#unsaid.owned = true;
    this.#beatSoon();
  }

  /** A commit was told that this member, or its epoch, is not known any more. */
  noteLost(told: MemberFacts): void {
    if (this.state === 'member' && told.generationId === this.#epoch) this.#fence();
  }

  /**
   * True when the member has another epoch than a request that was refused for it: the answer that brought it may be on its way. Not for one of
   * a membership that was lost since: what it had may be somebody else's.
   */
  async isRenewed(told: MemberFacts): Promise<boolean> {
    for (let waited = 0; told.generationId === this.#epoch && waited < renewalAttempts; waited++) {
      await this.#ports.clock.sleep(renewalDelayMs);
    }
    return this.state === 'member' && told.generationId !== this.#epoch && told.generationId >= this.#firstEpoch;
  }

  async leave(stateAfter: 'outside' | 'fenced' = 'outside'): Promise<void> {
    this.#stop();
    const isKnown = this.state === 'member' || this.state === 'joining';
    this.state = stateAfter;
    if (!isKnown) return;
    this.#epoch = this.#settings.groupInstanceId === null ? leavingEpoch : pausingEpoch;
    try {
      await this.#send({ ...this.#identity() }, 1_000);
    } catch (error) {
      if (!(error instanceof WorldFault) && this.#failure === undefined) throw error;
      // The coordinator cannot be reached: the session ends by itself. Or it has refused the member before.
    }
  }

  #beatSoon(): void {
    this.#stop();
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#ports.clock.setTimer(delayMs, () => void this.#beat(), { isBackground: true });
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One at a time: what comes up while one is under way goes with the next. */
  async #beat(): Promise<void> {
    if (this.#isBeating) {
      this.#mustBeatAgain = true;
      return;
    }
    this.#isBeating = true;
    const timer = this.#timer;
    try {
      if (this.#ports.clock.monotonic() - this.#lastPollMs > this.#settings.maxPollIntervalMs) {
        // Whoever does not poll does not work: let another member have the partitions.
        const leaving = this.leave('fenced');
        this.#changed();
        await leaving;
      } else await this.#heartbeat();
    } catch (error) {
      if (isTransient(error)) this.#unsaid.all = true;
      else this.#fail(error);
    }
    this.#isBeating = false;
    const isOn = this.state === 'member' || this.state === 'joining';
    if (!isOn || this.#failure !== undefined) return;
    if (this.#mustBeatAgain) this.#schedule(0);
    else if (timer === this.#timer)
      this.#schedule(this.#unsaid.all ? backoffMs(this.#attempts++, this.#ports) : this.#intervalMs);
    this.#mustBeatAgain = false;
  }

  async #heartbeat(): Promise<void> {
    const epoch = this.#epoch;
    const request = this.#news();
    Object.assign(this.#unsaid, { all: false, topics: false, owned: false });
    // Never the same again: where its answer was lost, the coordinator may have gone on, and only a whole heartbeat is sure to be told how.
    const answer = await this.#send(request, 0);
    if (epoch !== this.#epoch || (this.state !== 'member' && this.state !== 'joining')) return; // of a membership before
    const name = kafkaErrorName(answer.errorCode);
    if (answer.errorCode === 0) this.#heard(answer);
    else if (meansFenced.has(name)) this.#fence();
    else throw this.#refused(answer);
  }

  #heard({ memberEpoch, heartbeatIntervalMs, assignment }: Answer): void {
    this.#attempts = 0;
    if (this.state === 'joining') this.#firstEpoch = memberEpoch;
    this.state = 'member';
    this.#epoch = memberEpoch;
    this.#intervalMs = heartbeatIntervalMs;
    if (assignment === null) return;
    this.target = assignment.topicPartitions;
    this.#changed();
  }

  #identity(): Partial<Heartbeat> & Pick<Heartbeat, 'groupId' | 'memberId' | 'memberEpoch'> {
    const { groupInstanceId: instanceId } = this.#settings;
    return { groupId: this.#lane.groupId, memberId: this.#memberId, memberEpoch: this.#epoch, instanceId };
  }

  /** Null says that nothing has changed. */
  #news() {
    const { all, topics, owned } = this.#unsaid;
    return {
      ...this.#identity(),
      rebalanceTimeoutMs: all ? this.#settings.maxPollIntervalMs : -1,
      serverAssignor: all ? (this.#settings.groupRemoteAssignor ?? null) : null,
      subscribedTopicNames: all || topics ? [...this.#topics] : null,
      topicPartitions:
        all || owned ? this.#owned.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] })) : null,
    };
  }

  #send(request: Parameters<typeof consumerGroupHeartbeat.request>[0], timeoutMs: number): Promise<Answer> {
    const heartbeat = consumerGroupHeartbeat.request(request);
    return this.#lane.send(consumerGroupHeartbeat, heartbeat, ({ errorCode }) => [errorCode], { timeoutMs });
  }

  #fence(): void {
    this.#stop();
    this.state = 'fenced';
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#stop();
    this.#failure = isUnserved(error) ? unserved(error) : error instanceof Error ? error : new Error(String(error));
    this.#changed();
  }

  #refused({ errorCode, errorMessage }: Answer): ProtocolError {
    return refusal(errorCode, `heartbeat to group "${this.#lane.groupId}"`, errorMessage);
  }
}

function isUnserved(error: unknown): boolean {
  return error instanceof ProtocolError && error.kind === 'UNSUPPORTED_VERSION';
}

function unserved(cause: unknown): ProtocolError {
  const what = "the brokers do not serve groupProtocol 'consumer' (KIP-848), as Apache Kafka does from 4.0 on";
  return new ProtocolError('UNSUPPORTED_VERSION', `${what}: leave the option out to join by the classic protocol`, {
    cause,
  });
}
