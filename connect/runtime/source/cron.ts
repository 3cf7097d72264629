// When a cron expression fires, read by node-cron. Its own timers run on the real clock, so only its matching is used: from any moment the next
// fire is looked for by asking it, half a day, a quarter of an hour and a minute at a time.
// Where clocks go forward, local times that do not exist do not fire; where they go back, a time that comes twice fires the first time only,
// unless every hour fires.

import type { ScheduledTask } from 'node-cron';

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const hourMs = 60 * minuteMs;
/** The longest wait there is: a 29 February that is a Monday may be 40 years away. */
const horizonMs = 366 * 24 * hourMs * 41;

export class Cron {
  readonly #all: ScheduledTask;
  readonly #day: ScheduledTask;
  readonly #hour: ScheduledTask;
  readonly #minute: ScheduledTask;
  readonly #seconds: readonly number[];
  readonly #isHourly: boolean;
  readonly #local: Intl.DateTimeFormat;

  private constructor(
    tasks: readonly ScheduledTask[],
    fields: { second: readonly number[]; hour: readonly number[] },
    timezone: string,
  ) {
    [this.#all, this.#day, this.#hour, this.#minute] = tasks as [
      ScheduledTask,
      ScheduledTask,
      ScheduledTask,
      ScheduledTask,
    ];
    this.#seconds = [...fields.second].sort((a, b) => a - b);
    this.#isHourly = fields.hour.length === 24;
    this.#local = new Intl.DateTimeFormat('en-US', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  }

  /** Throws Error for an expression that is none, RangeError for a time zone that is none. */
  static async parse(expression: string, timezone = 'UTC'): Promise<Cron> {
    const { createTask, parse, validateDetailed } = await import('node-cron');
    const checked = validateDetailed(expression);
    const [fault] = checked.errors;
    if (fault !== undefined) throw new Error(`${fault.field}: ${fault.message}`);
    new Intl.DateTimeFormat('en-US', { timeZone: timezone });
    const [second, minute, hour, ...days] = sixFields(expression);
    const patterns = [`${second} ${minute} ${hour}`, '* * *', `* * ${hour}`, `* ${minute} ${hour}`];
    const tasks = patterns.map(pattern => {
      const task = createTask([pattern, ...days].join(' '), () => {}, { timezone });
      void task.destroy();
      return task;
    });
    return new Cron(tasks, parse([second, minute, hour, ...days].join(' ')), timezone);
  }

  /** The first fire after that moment, in milliseconds since 1970; undefined when there is none in 40 years. */
  nextAfter(afterMs: number): number | undefined {
    for (let at = startOf(afterMs + 1000, 1000); at <= afterMs + horizonMs; ) {
      if (!matches(this.#day, at)) at = this.#skipDays(at);
      else if (!matches(this.#hour, at)) at = startOf(at + quarterMs, quarterMs);
      else if (!matches(this.#minute, at)) at = startOf(at + minuteMs, minuteMs);
      else {
        const found = this.#inMinute(at);
        if (found !== undefined) return found;
        at = startOf(at + minuteMs, minuteMs);
      }
    }
    return undefined;
  }

  /** All fires after the one moment and not after the other, oldest first; the latest `max` of them. */
  between(afterMs: number, untilMs: number, max: number): readonly number[] {
    const fires: number[] = [];
    for (let at = this.nextAfter(afterMs); at !== undefined && at <= untilMs; at = this.nextAfter(at)) {
      fires.push(at);
      if (fires.length > max) fires.shift();
    }
    return fires;
  }

  #inMinute(at: number): number | undefined {
    const minute = startOf(at, minuteMs);
    return this.#seconds
      .map(second => minute + second * 1000)
      .find(moment => moment >= at && matches(this.#all, moment) && !this.#isRepeated(moment));
  }

  /** Whether the same local time was there an hour ago, before the clocks went back. */
  #isRepeated(moment: number): boolean {
    return !this.#isHourly && this.#local.format(moment) === this.#local.format(moment - hourMs);
  }

  /** By half days, as no day is shorter, then back to the quarter with which the day begins: time zones differ by quarters of hours. */
  #skipDays(from: number): number {
    const at = startOf(from, quarterMs) + 12 * hourMs;
    if (!matches(this.#day, at)) return at;
    let begin = at;
    while (begin - quarterMs > from && matches(this.#day, begin - quarterMs)) begin -= quarterMs;
    return begin;
  }
}

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};

/** Seconds are 0 where they are not given. */
export function sixFields(expression: string): readonly [string, string, string, string, string, string] {
  const fields = (nicknames[expression.trim().toLowerCase()] ?? expression).trim().split(/\s+/);
  return (fields.length === 5 ? ['0', ...fields] : fields) as unknown as ReturnType<typeof sixFields>;
}

function startOf(moment: number, unitMs: number): number {
  return Math.floor(moment / unitMs) * unitMs;
}

function matches(task: ScheduledTask, moment: number): boolean {
  return task.match(new Date(moment));
}
