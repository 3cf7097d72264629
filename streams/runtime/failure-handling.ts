// The one place where a failed record ends: dropped, written to the dead-letter topic, or fatal. A fatal failure poisons the epoch: it is
// remembered here, the thread stops, and nothing is committed.

import {
  AssertionFailure,
  bytes,
  didYouMean,
  type Producer,
  type TopicWriter,
  topic,
  UsageError,
} from '../../core/index.js';
import type { ProcessingFailure } from '../operators/processing-failure.js';
import type { Headers } from '../topology/plan.js';
import type { FailureDecision } from './app-options.js';
import type { MetricsCollector } from './metrics-collector.js';

/** A record as it came, where it is still at hand. */
export interface FailedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: Headers;
}

const decisions: readonly FailureDecision[] = ['continue', 'dead-letter', 'fail'];

interface FailureHandlingOptions {
  readonly metrics: MetricsCollector;
  readonly onFailure: ((failure: ProcessingFailure) => FailureDecision) | undefined;
  readonly deadLetterTopic: string | undefined;
}

export class FailureHandling {
  /** The first failure that was not let go. */
  fatal: Error | undefined;
  #last: ProcessingFailure | undefined;
  readonly #options: FailureHandlingOptions;
  #deadLetters: TopicWriter<Uint8Array, Uint8Array> | undefined;

  constructor(options: FailureHandlingOptions) {
    this.#options = options;
  }

  /** To be called for each new producer. */
  async open(producer: Producer): Promise<void> {
    const name = this.#options.deadLetterTopic;
    if (name !== undefined) this.#deadLetters = await producer.writer(topic(name, { key: bytes, value: bytes }));
  }

  /** A chain does not forgive every failure that the handler would let go. */
  poisoned(): void {
    this.fatal ??= this.#last ?? new AssertionFailure('an epoch is poisoned and nobody was told why');
  }

  handle(failure: ProcessingFailure, record: FailedRecord | undefined): 'continue' | 'fail' {
    this.#last = failure;
    const decision = this.#decide(failure);
    if (decision === 'fail') {
      this.fatal ??= failure;
      return 'fail';
    }
    const { metrics } = this.#options;
    metrics.count('dropped-records', failure.node, 1);
    if (decision === 'dead-letter') {
      this.#deadLetters!.append(record?.key ?? null, record?.value ?? null, Math.max(0, record?.timestamp ?? 0), -1, [
        ...(record?.headers ?? []),
        ...failureHeaders(failure),
      ]);
      metrics.deadLetters++;
    }
    return 'continue';
  }

  #decide(failure: ProcessingFailure): FailureDecision {
    try {
      const decision = this.#options.onFailure?.(failure) ?? 'fail';
      if (decision === 'dead-letter' && this.#deadLetters === undefined) {
        throw new UsageError('onFailure decided "dead-letter", but the app has no option deadLetterTopic');
      }
      if (!decisions.includes(decision)) {
        throw new UsageError(`onFailure decided "${decision}"${didYouMean(String(decision), decisions)}`);
      }
      return decision;
    } catch (cause) {
      this.fatal ??= new AggregateError([failure, cause], `onFailure itself failed after: ${failure.message}`);
      return 'fail';
    }
  }
}

/** Named as those of Kafka Streams (KIP-1034). */
function failureHeaders(failure: ProcessingFailure): Headers {
  const cause = failure.cause instanceof Error ? failure.cause : undefined;
  const texts: Readonly<Record<string, string>> = {
    '__streams.errors.exception': cause?.name ?? typeof failure.cause,
    '__streams.errors.message': cause?.message ?? String(failure.cause),
    '__streams.errors.stacktrace': cause?.stack ?? '',
    '__streams.errors.phase': failure.phase,
    '__streams.errors.node': failure.node,
    '__streams.errors.topic': failure.topic,
    '__streams.errors.partition': String(failure.partition),
    '__streams.errors.offset': String(failure.offset),
  };
  return Object.entries(texts).map(([key, text]) => ({ key, value: Buffer.from(text) }));
}
