import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { LiveTable } from '../../examples/first-light/live-table.js';

async function show(terminal: { isTTY: boolean; columns?: number }): Promise<string> {
  const written: string[] = [];
  const table = new LiveTable({ ...terminal, write: text => written.push(text) }, ['STATE', 'FLIGHTS']);
  let done = 0;
  let looks = 0;
  const step = {
    fraction: () => {
      looks++;
      return done;
    },
    status: () => `${done * 1_000} records`,
    rows: () => [
      { name: 'TX', numbers: [done * 10] },
      { name: 'CA', numbers: [done * 12_345] },
    ],
  };
  const work = async (): Promise<string> => {
    for (done = 0; done < 1; done += 0.25) {
      // Until a frame has shown it, however long a busy machine takes to draw one.
      for (const before = looks; looks < before + 2; ) await sleep(10);
    }
    done = 1;
    return 'result';
  };
  const result = await table.during('process', step, work());
  return `${written.join('')}${result}`;
}

test('a terminal sees a progress bar and a table, the largest row first, drawn over themselves', async t => {
  const text = await show({ isTTY: true, columns: 80 });
  t.true(text.includes('\u001b[4A\u001b[0J'), 'four lines are drawn over');
  const last = text.slice(text.lastIndexOf('\u001b[0J') + 4).split('\n');
  t.regex(last[0]!, /^process {8}\[█{30}\] 100% {2}1000 records$/);
  t.regex(last[1]!, /^ {2}STATE +FLIGHTS$/);
  t.regex(last[2]!, /^ {2}CA +12,345$/);
  t.regex(last[3]!, /^ {2}TX +10$/);
  t.is(last[4], 'result');
});

test('a pipe sees a plain line at each quarter and at the end', async t => {
  const lines = (await show({ isTTY: false })).split('\n');
  t.deepEqual(lines, [
    'process         25%  250 records',
    'process         50%  500 records',
    'process         75%  750 records',
    'process        100%  1000 records',
    'result',
  ]);
});
