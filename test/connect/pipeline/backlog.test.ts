// While a sink takes nothing, the source is read so far ahead of it, and no further: not in a run, and not from run to run.

import test, { type ExecutionContext } from 'ava';
import type { BacklogLimits } from '../../../connect/pipeline/backlog.js';
import {
  definePipeline,
  type PipelineSummary,
  preparePipeline,
  StateDirectory,
} from '../../../connect/pipeline/index.js';
import { withPipelineLog } from '../../../connect/pipeline/pipeline-log.js';
import { runOn } from '../../../connect/pipeline/run-pipeline.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { plainSink, plainSource } from '../plain-connectors.js';
import { quiet } from '../quiet.js';
import { Scratch } from './scratch.js';

const batches = 40;
const recordsInBatch = 8;
/** A batch takes 128 KiB. */
const text = 'x'.repeat(16 * 1024);
const unlimited: BacklogLimits = { recordsMax: 1e9, bytesMax: 1e12 };

/** A source that is read on from run to run, and a sink that takes nothing until it is opened. */
class Jam {
  given = 0;
  taken = 0;
  readonly #state: StateDirectory;

  constructor(t: ExecutionContext) {
    this.#state = new StateDirectory(new Scratch(t).file('state'));
  }

  /** `held`: what happens once the source waits for the sink, or has ended. */
  async run(backlogMax: BacklogLimits, held: (jam: { open(): void; stop(): void }) => void): Promise<PipelineSummary> {
    const opened = new AbortController();
    const stopped = new AbortController();
    const ended = new AbortController();
    let isHeld = false;
    const hold = () => {
      if (isHeld) return;
      isHeld = true;
      held({ open: () => opened.abort(), stop: () => stopped.abort() });
    };
    const jam = definePipeline({
      name: 'jam',
      source: { connector: this.#source(hold) },
      sink: { connector: this.#sink(opened.signal, ended.signal) },
    });
    const pipeline = await preparePipeline(jam, { connectors: {} });
    const ports = portsTelling(hold, () => this.given);
    const options = { signal: stopped.signal, logger: quiet, backlogMax };
    try {
      return await withPipelineLog({ name: 'jam', state: this.#state, ports }, log =>
        runOn(log, pipeline, this.#state, options),
      );
    } finally {
      ended.abort();
    }
  }

  #source(ended: () => void) {
    return plainSource({
      name: 'pieces',
      start: async (_config, { offsets }) => {
        const [read] = offsets();
        let piece = Number(read?.offset['piece'] ?? -1) + 1;
        const giveNext = () => {
          const records = Array.from({ length: recordsInBatch }, () => ({ value: text }));
          this.given++;
          return [{ partition: { of: 'pieces' }, offset: { piece: piece++ }, records }];
        };
        return {
          poll: async () => {
            if (piece < batches) return giveNext();
            ended();
            return 'ended';
          },
        };
      },
    });
  }

  #sink(opened: AbortSignal, ended: AbortSignal) {
    return plainSink({
      name: 'jammed',
      start: async (_config, { clock, signal }) => ({
        put: async given => {
          // Of a run that has ended, it was left behind.
          const either = AbortSignal.any([opened, ended]);
          while (!either.aborted) await clock.sleep(10, signal);
          if (!opened.aborted) throw new Error('nothing was taken');
          this.taken += given.reduce((sum, { records }) => sum + records.length, 0);
        },
      }),
    });
  }
}

/** Says when the source has been waiting for the sinks for some looks, while nothing more was given. */
function portsTelling(held: () => void, given: () => number): Ports {
  const real = nodePorts();
  const { clock } = real;
  let looks = 0;
  let before = -1;
  return {
    ...real,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      yield: () => clock.yield(),
      sleep: (delayMs, signal) => {
        if (delayMs === lookAgainMs) {
          looks = given() === before ? looks + 1 : 0;
          before = given();
          if (looks === 10) held();
        }
        return clock.sleep(delayMs, signal);
      },
      defer: callback => clock.defer(callback),
      setTimer: (delayMs, callback, options) => clock.setTimer(delayMs, callback, options),
    },
  };
}

const lookAgainMs = 20;

for (const [what, limits, batchesToFill] of [
  ['bytes', { ...unlimited, bytesMax: 1024 * 1024 }, 8],
  ['records', { ...unlimited, recordsMax: 80 }, 11],
] as const) {
  test(`by ${what}: the source waits while so much waits for the sinks, and goes on when they have taken it`, async t => {
    t.timeout(120_000);
    const jam = new Jam(t);
    let whenHeld = 0;
    const summary = await jam.run(limits, ({ open }) => {
      whenHeld = jam.given;
      open();
    });
    t.is(whenHeld, batchesToFill);
    t.like(summary, { outcome: 'done', read: batches * recordsInBatch });
    t.is(jam.taken, batches * recordsInBatch);
  });

  test(`by ${what}: a run that begins with so much from the run before reads nothing until it is taken`, async t => {
    t.timeout(120_000);
    const jam = new Jam(t);
    t.is((await jam.run(limits, ({ stop }) => stop())).outcome, 'stopped');
    const before = jam.given;
    t.is((await jam.run(limits, ({ stop }) => stop())).outcome, 'stopped');
    t.is(jam.given, before);
    t.is((await jam.run(limits, ({ open }) => open())).outcome, 'done');
    t.is(jam.taken, batches * recordsInBatch);
  });
}
