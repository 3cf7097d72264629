import test from 'ava';
import { pipelineStatus, StateDirectory } from '../../../connect/pipeline/index.js';
import { withPipelineLog } from '../../../connect/pipeline/pipeline-log.js';
import { RunHistory } from '../../../connect/pipeline/run-history.js';
import { Scratch } from './scratch.js';

const entry = { started: '2026-01-01T00:00:00.000Z', read: 0, written: 0, failed: 0 };

test('it runs, or waits for its schedule, while a process holds its log, whoever has the id of that process now', async t => {
  const scratch = new Scratch(t);
  const text = `name: held
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
sink: { file: { directory: '{DIR}/out' } }
`;
  const state = new StateDirectory(scratch.file('state'));
  state.identity({ bytes: count => new Uint8Array(count) } as Parameters<StateDirectory['identity']>[0]);
  const history = new RunHistory(state);
  const statusOf = async (pipeline: string) => {
    const { state: told, runs } = await pipelineStatus(await scratch.load(pipeline), state, { nowMs: 0 });
    return [told, ...runs.map(({ outcome }) => outcome)];
  };
  const whileHeld = (pipeline: string) =>
    withPipelineLog({ name: 'held', state, ports: undefined }, () => statusOf(pipeline));
  const scheduled = `${text}schedule: '0 0 1 1 *'\n`;

  t.deepEqual(await statusOf(text), ['never run']);
  // A process of that id is alive: it is this one.
  history.append({ ...entry, outcome: 'running', pid: process.pid });
  t.deepEqual(await whileHeld(text), ['running', 'running']);
  t.deepEqual(await statusOf(text), ['killed', 'killed']);
  t.deepEqual(await statusOf(scheduled), ['killed', 'killed']);
  t.deepEqual(await whileHeld(scheduled), ['running', 'running']);

  history.append({ ...entry, outcome: 'done', pid: process.pid });
  t.deepEqual(await statusOf(text), ['idle', 'done']);
  t.deepEqual(await statusOf(scheduled), ['idle', 'done']);
  t.deepEqual(await whileHeld(scheduled), ['waiting', 'done']);

  history.append({ ...entry, started: '2026-01-02T00:00:00.000Z', outcome: 'running', pid: process.pid });
  history.append({ ...entry, started: '2026-01-03T00:00:00.000Z', outcome: 'failed', pid: process.pid });
  t.deepEqual(await statusOf(text), ['failed', 'failed', 'killed', 'done']);
});
