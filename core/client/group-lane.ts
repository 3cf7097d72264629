// Requests to the coordinator of one group, whose answers hold error codes of many parts: those that speak of the coordinator are dealt
// with here, all others are the caller's.

import { type KafkaErrorName, kafkaErrorName } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { CoordinatorLane } from './coordinator-lane.js';
import { treatmentOf } from './error-treatment.js';
import type { ConnectOptions, GroupNews, Place } from './place.js';
import { refusal } from './refusal.js';
import type { RetryOptions } from './retry.js';

/** The coordinator knows the group, and will have an answer soon. */
const passesBy: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'UNSTABLE_OFFSET_COMMIT',
]);

export class GroupLane {
  readonly groupId: string;
  readonly news: GroupNews | undefined;
  readonly #lane: CoordinatorLane;

  constructor(ports: Ports, place: Place, groupId: string, options: ConnectOptions = {}) {
    this.groupId = groupId;
    this.news = place.groupNews;
    this.#lane = new CoordinatorLane(ports, place, { kind: 'group', id: groupId }, options);
  }

  /** `codesOf` are the error codes of an answer. */
  send<A extends Api>(
    api: A,
    request: RequestOf<A>,
    codesOf: (answer: ResponseOf<A>) => Iterable<number>,
    options: RetryOptions = {},
  ): Promise<ResponseOf<A>> {
    const read = (answer: ResponseOf<A>): ResponseOf<A> => {
      for (const code of codesOf(answer)) this.#requireCoordinator(code);
      return answer;
    };
    return this.#lane.ask(api, request, read, options);
  }

  close(): Promise<void> {
    return this.#lane.close();
  }

  #requireCoordinator(code: number): void {
    if (code === 0) return;
    const name = kafkaErrorName(code);
    if (passesBy.has(name) || treatmentOf(name).refreshesCoordinator) throw refusal(code, `group "${this.groupId}"`);
  }
}
