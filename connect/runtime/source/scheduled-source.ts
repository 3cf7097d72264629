// A polling source that polls by a schedule instead of each `poll.interval.ms`. Its pause between two rounds is what ends a round: the source sleeps on
// the clock of its context, and there that one pause lasts until the next fire. The fire of the last round that was read to its end is kept with
// the source's offsets, so that after a restart it is known which fires have passed.

import {
  ConfigError,
  type Polled,
  type SourceContext,
  type SourceDefinition,
  type SourceOffset,
  type SourcePartition,
  type SourceTask,
} from '../../api/index.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';
import { Cron } from './cron.js';

/** What `poll.interval.ms` is for the source: no pause that anybody asks for. */
const untilNextFireMs = 2 ** 43;
/** So often at least it is looked whether the connector shall end. */
const lookEveryMs = 5_000;
const firesMax = 1_000;

type Schedule = Pick<SourceRuntimeOptions, 'schedule' | 'schedule.timezone' | 'schedule.missed'>;

/** Throws ConfigError for what is no schedule, and for a source that does not poll. */
export async function scheduledSource(
  connector: SourceDefinition,
  schedule: Schedule,
  given: Readonly<Record<string, unknown>>,
): Promise<SourceDefinition> {
  if (!Object.hasOwn(connector.config.shape, 'poll.interval.ms'))
    throw new ConfigError(`schedule: ${connector.name} does not poll, so it cannot be scheduled`);
  if (given['poll.interval.ms'] !== undefined)
    throw new ConfigError('schedule: it takes the place of poll.interval.ms: set one of them');
  const cron = await cronOf(schedule);
  return {
    ...connector,
    async start(config, context) {
      const rounds = new Rounds(cron, schedule, context);
      const task = await connector.start({ ...config, 'poll.interval.ms': untilNextFireMs }, rounds.context);
      return rounds.through(task);
    },
  };
}

async function cronOf(schedule: Schedule): Promise<Cron> {
  try {
    return await Cron.parse(schedule.schedule!, schedule['schedule.timezone']);
  } catch (error) {
    throw new ConfigError(`schedule: "${schedule.schedule}" cannot be used: ${(error as Error).message}`);
  }
}

class Rounds {
  readonly context: SourceContext;
  readonly #cron: Cron;
  readonly #skipsMissed: boolean;
  readonly #clock: SourceContext['clock'];
  readonly #partition: SourcePartition;
  /** The last fire that was taken, or given up. */
  #lastMs: number;
  /** The one that is waited for. */
  #nextMs: number | undefined;
  /** The fire of the round that goes on. */
  #fireMs: number | undefined;
  #polling: Promise<Polled> | undefined;
  /** Lets the source go on behind its pause. */
  #resume: (() => void) | undefined;
  #paused!: Promise<'paused'>;
  #pause!: () => void;

  constructor(cron: Cron, schedule: Schedule, context: SourceContext) {
    this.#cron = cron;
    this.#clock = context.clock;
    this.#skipsMissed = schedule['schedule.missed'] === 'skip';
    this.#partition = { schedule: schedule.schedule! };
    const last = context.offset(this.#partition)?.['fire'];
    this.#lastMs = typeof last === 'number' && !this.#skipsMissed ? last : context.clock.now();
    this.#listen();
    this.context = {
      ...context,
      clock: {
        now: () => context.clock.now(),
        monotonic: () => context.clock.monotonic(),
        sleep: (delayMs, signal) => this.#sleep(delayMs, signal),
        yield: () => context.clock.yield(),
      },
      offsets: () => context.offsets().filter(({ partition }) => !isSchedule(partition)),
    };
  }

  through(task: SourceTask): SourceTask {
    const poll = pollOf(task);
    return {
      poll: signal => this.#poll(poll, signal),
      wake: () => task.wake?.(),
      isResting: () => this.#fireMs !== undefined && (task.isResting?.() ?? false),
      async committed(offsets) {
        const own = offsets.filter(({ partition }) => !isSchedule(partition));
        if (own.length > 0) await task.committed?.(own);
      },
      close: () => task.close?.(),
    };
  }

  async #poll(poll: (signal: AbortSignal) => Polled | Promise<Polled>, signal: AbortSignal): Promise<Polled> {
    if (this.#fireMs === undefined && !(await this.#begin(signal))) return [];
    this.#polling ??= Promise.resolve(poll(signal));
    const polled = await Promise.race([this.#polling, this.#paused]).catch(error => {
      this.#polling = undefined;
      throw error;
    });
    if (polled !== 'paused') {
      this.#polling = undefined;
      return polled;
    }
    return [{ partition: this.#partition, offset: this.#end(), records: [] }];
  }

  /** Waits for a fire, for a while; false when there was none. */
  async #begin(signal: AbortSignal): Promise<boolean> {
    this.#nextMs ??= this.#cron.nextAfter(this.#lastMs) ?? Number.POSITIVE_INFINITY;
    const next = this.#nextMs;
    const left = next - this.#clock.now();
    if (left > 0) await this.#clock.sleep(Math.min(left, lookEveryMs), signal).catch(() => undefined);
    const now = this.#clock.now();
    if (now < next || signal.aborted) return false;
    this.#fireMs = this.#cron.between(this.#lastMs, now, firesMax).at(-1)!;
    this.#resume?.();
    this.#resume = undefined;
    return true;
  }

  #end(): SourceOffset {
    const fire = this.#fireMs!;
    this.#lastMs = this.#skipsMissed ? this.#clock.now() : fire;
    this.#fireMs = this.#nextMs = undefined;
    this.#listen();
    return { fire };
  }

  #listen(): void {
    this.#paused = new Promise(resolve => {
      this.#pause = () => resolve('paused');
    });
  }

  #sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (delayMs !== untilNextFireMs) return this.#clock.sleep(delayMs, signal);
    this.#pause();
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal!.reason as Error);
      if (signal?.aborted === true) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      this.#resume = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
    });
  }
}

function isSchedule(partition: SourcePartition): boolean {
  return Object.keys(partition).length === 1 && partition['schedule'] !== undefined;
}

/** A task's own `poll`, or its iterable asked for one batch at a time. */
function pollOf(task: SourceTask): (signal: AbortSignal) => Polled | Promise<Polled> {
  if (task.poll !== undefined) return signal => task.poll!(signal);
  let iterator: ReturnType<ReturnType<NonNullable<SourceTask['batches']>>[typeof Symbol.asyncIterator]> | undefined;
  return async signal => {
    iterator ??= task.batches!(signal)[Symbol.asyncIterator]();
    const next = await iterator.next();
    return next.done === true ? 'ended' : [next.value];
  };
}
