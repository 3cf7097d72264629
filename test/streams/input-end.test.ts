import test from 'ava';
import { InputEnd } from '../../streams/runtime/input-end.js';

type Parts = ConstructorParameters<typeof InputEnd>[0];

/** One sub-topology without a partition of its own input left, with one task. */
function endOf(handOn: Parts['handOn'], task: { hasUncommitted: boolean; finished: number }): InputEnd {
  const subTopology = { id: 0, sourceTopics: ['lines'] };
  const running = {
    subTopology,
    partition: 0,
    queues: [],
    inputEnd: { value: -1 },
    get hasUncommitted() {
      return task.hasUncommitted;
    },
    finish: async () => {
      task.finished++;
      task.hasUncommitted = true;
    },
  };
  return new InputEnd({
    layout: { plan: { subTopologies: [subTopology], repartitionTopics: [] } },
    tasks: [running],
    output: { hold() {}, release() {} },
    remote: { begin: async () => {}, totalOf: async () => 0 },
    handOn,
  } as unknown as Parts);
}

test('a task whose end could not be committed at once has not ended, and does not end twice', async t => {
  const task = { hasUncommitted: false, finished: 0 };
  const answers = [false, false, true];
  const end = endOf(async () => {
    const isCommitted = answers.shift()!;
    if (isCommitted) task.hasUncommitted = false;
    return isCommitted;
  }, task);
  await end.begin();
  t.false(await end.advance());
  t.false(await end.advance());
  t.true(await end.advance());
  t.deepEqual(answers, []);
  t.is(task.finished, 1);
});
