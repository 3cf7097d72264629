// A run without end keeps no more than its sinks are behind: what is delivered goes from the folder while the run goes on.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { definePipeline, preparePipeline, runPipeline, StateDirectory } from '../../../connect/pipeline/index.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Ports } from '../../../core/ports/ports.js';
import { plainSink, plainSource } from '../plain-connectors.js';
import { quiet } from '../quiet.js';
import { Scratch } from './scratch.js';

const mebibyte = 1024 * 1024;
const pieces = 24;
const recordsInPiece = 2_000;
/** With what stands around it, a record takes a KiB. */
const text = 'x'.repeat(1024);

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    // Files come and go.
    const stat = statSync(join(directory, name), { throwIfNoEntry: false });
    return sum + (stat?.isFile() === true ? stat.size : 0);
  }, 0);
}

test('what the sinks have taken is deleted as the run goes on', async t => {
  t.timeout(300_000);
  const state = new StateDirectory(new Scratch(t).file('state'));
  let largest = 0;
  // The next piece comes when so little is left: with a log that is only cut off at the end of a run, never.
  const source = plainSource({
    name: 'endless',
    async start(_config, { clock, signal }) {
      return {
        async *batches() {
          for (let piece = 0; piece < pieces; piece++) {
            for (let size = sizeOf(state.path); size > 10 * mebibyte; size = sizeOf(state.path)) {
              largest = Math.max(largest, size);
              await clock.sleep(100, signal);
            }
            const records = Array.from({ length: recordsInPiece }, (_, at) => ({ value: { piece, at, text } }));
            yield { partition: { of: 'pieces' }, offset: { piece }, records };
            largest = Math.max(largest, sizeOf(state.path));
          }
        },
      };
    },
  });
  let taken = 0;
  const sink = plainSink({
    name: 'counting',
    async start() {
      return { put: async batches => void (taken += batches.reduce((sum, { records }) => sum + records.length, 0)) };
    },
  });
  const real = nodePorts();
  const { clock } = real;
  // Twenty times as fast, so that nobody waits for what happens every few seconds.
  const ports: Ports = {
    ...real,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      yield: () => clock.yield(),
      sleep: (delayMs, signal) => clock.sleep(delayMs / 20, signal),
      defer: callback => clock.defer(callback),
      setTimer: (delayMs, callback, options) => clock.setTimer(delayMs / 20, callback, options),
    },
  };
  const pipeline = definePipeline({ name: 'endless', source: { connector: source }, sink: { connector: sink } });
  const summary = await runPipeline(await preparePipeline(pipeline, { connectors: {} }), {
    state,
    ports,
    logger: quiet,
  });
  t.is(summary.read, pieces * recordsInPiece);
  t.is(taken, pieces * recordsInPiece);
  const writtenBytes = pieces * recordsInPiece * text.length;
  t.true(largest < writtenBytes / 2, `${largest} of more than ${writtenBytes} bytes`);
  t.log(
    `${Math.round(writtenBytes / mebibyte)} MiB went through a folder of at most ${Math.round(largest / mebibyte)} MiB`,
  );
});
