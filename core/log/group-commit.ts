// Flushes a partition's files by the policy. Group commit: one fdatasync is in flight, and everybody who waits when it begins shares it;
// those who come later share the next. After one has failed nothing is ever acknowledged again: what it should have written may be
// lost although the next one would succeed.

import { ProtocolError } from '../base/errors.js';
import type { Clock, Timer } from '../ports/clock.js';
import type { FlushPolicy } from './log-config.js';

export interface CommitSource {
  logEndOffset(): number;
  /** fdatasync of every file with unflushed bytes. */
  flushFiles(): Promise<void>;
  /** The flushed offset has moved. */
  flushed(offset: number): void;
  failed(failure: ProtocolError): void;
}

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (failure: ProtocolError) => void;
}

const done = Promise.resolve();

export class GroupCommit {
  /** Everything below is on disk. */
  flushedOffset: number;
  failure: ProtocolError | undefined;

  private readonly clock: Clock;
  private readonly policy: FlushPolicy;
  private readonly source: CommitSource;
  private phase: 'idle' | 'scheduled' | 'flushing' = 'idle';
  private waiters: Waiter[] = [];
  private timer: Timer | undefined;

  constructor(clock: Clock, policy: FlushPolicy, source: CommitSource) {
    this.clock = clock;
    this.policy = policy;
    this.source = source;
    this.flushedOffset = source.logEndOffset();
  }

  /** Something was appended. */
  appended(): void {
    if (this.policy.kind === 'commit') this.schedule();
    else if (this.policy.kind === 'interval' && this.timer === undefined) this.startTimer(this.policy.intervalMs);
  }

  /** Resolves when everything below `offset` may be acknowledged. */
  acknowledged(offset: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return this.policy.kind === 'commit' ? this.flush(offset) : done;
  }

  /** Resolves when everything below `offset` is on disk. */
  flush(offset: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (offset <= this.flushedOffset) return done;
    return new Promise((resolve, reject) => {
      this.waiters.push({ offset, resolve, reject });
      this.schedule();
    });
  }

  /** From now on everything is refused. Says so to all who wait. */
  fail(cause: unknown, what: string): ProtocolError {
    if (this.failure !== undefined) return this.failure;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${what}: ${reason}. Nothing more is acknowledged there: mend the disk, then open the log again`;
    const failure = new ProtocolError('KAFKA_STORAGE_ERROR', message, { cause });
    this.failure = failure;
    this.timer?.cancel();
    for (const waiter of this.waiters.splice(0)) waiter.reject(failure);
    this.source.failed(failure);
    return failure;
  }

  /** No flush begins any more; whoever waits for one is refused. */
  stop(message: string): void {
    this.timer?.cancel();
    this.failure ??= new ProtocolError('KAFKA_STORAGE_ERROR', message);
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.failure);
  }

  /** Waits for the end of the tick, so that all appends of one tick share a flush. */
  private schedule(): void {
    if (this.phase !== 'idle') return;
    this.phase = 'scheduled';
    this.clock.defer(() => this.begin());
  }

  private startTimer(delayMs: number): void {
    const expired = (): void => {
      this.timer = undefined;
      if (this.phase === 'idle') this.begin();
    };
    this.timer = this.clock.setTimer(delayMs, expired, { isBackground: true });
  }

  private begin(): void {
    this.phase = 'idle';
    const target = this.source.logEndOffset();
    if (this.failure !== undefined || target <= this.flushedOffset) return;
    this.phase = 'flushing';
    this.source.flushFiles().then(
      () => this.ended(target),
      cause => this.fail(cause, 'fdatasync has failed'),
    );
  }

  private ended(target: number): void {
    this.phase = 'idle';
    if (this.failure !== undefined) return;
    this.flushedOffset = Math.max(this.flushedOffset, target);
    this.source.flushed(this.flushedOffset);
    const waiting = this.waiters;
    this.waiters = waiting.filter(waiter => waiter.offset > this.flushedOffset);
    for (const waiter of waiting) if (waiter.offset <= this.flushedOffset) waiter.resolve();
    if (this.waiters.length > 0) this.schedule();
    else if (this.source.logEndOffset() > this.flushedOffset) this.appended();
  }
}
