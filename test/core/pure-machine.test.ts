// One property for every pure machine: whatever it is asked, deciding changes nothing, and what its records hold is enough: a machine
// rebuilt from them (through their bytes) gives the same answers. The generators are checked too: they must have made refusals and
// retries, else the property shows little.

import { deepStrictEqual } from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { groupsSubject } from './groups/groups-subject.js';
import { clusterSubject } from './metadata/cluster-subject.js';
import type { PureMachine, Subject } from './pure-machine-subject.js';
import { transactionsSubject } from './transactions/transactions-subject.js';

interface Seen {
  refusals: number;
  retries: number;
  records: number;
  questions: number;
}

function run<C, R, O>(
  subject: Subject<C, R, O>,
  steps: readonly { retries: boolean; operation: O }[],
  seen: Seen,
): void {
  const machine = subject.create();
  const pilot = subject.pilot();
  const log: R[] = [];
  let last: C | undefined;
  for (const { retries, operation } of steps) {
    const isRetry = retries && last !== undefined;
    const command: C = isRetry ? pilot.retry(last!) : pilot.command(operation);
    last = command;
    const decision = machine.decide(command, pilot.nowMs);
    deepStrictEqual(machine.decide(command, pilot.nowMs), decision, 'deciding changes nothing');
    machine.accept(decision);
    pilot.learn(command, decision);
    log.push(...decision.records);
    if (isRetry) seen.retries++;
    if (/"errorCode":-?[1-9]/.test(JSON.stringify(decision.reply) ?? '')) seen.refusals++;
  }
  const rebuilt = subject.create();
  for (const record of log) rebuilt.apply(subject.throughBytes(record));
  seen.records += log.length;
  seen.questions += compareAnswers(subject, machine, rebuilt);
}

function compareAnswers<C, R, O>(
  subject: Subject<C, R, O>,
  live: PureMachine<C, R>,
  rebuilt: PureMachine<C, R>,
): number {
  const questions = subject.questions(live, rebuilt);
  for (const { ask, about } of questions) deepStrictEqual(ask(rebuilt), ask(live), about);
  return questions.length;
}

function check<C, R, O>(subject: Subject<C, R, O>): Seen {
  const seen: Seen = { refusals: 0, retries: 0, records: 0, questions: 0 };
  const step = fc.record({ retries: fc.integer({ min: 0, max: 9 }).map(n => n === 0), operation: subject.operation });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), steps => run(subject, steps, seen)),
    { numRuns: 300 },
  );
  return seen;
}

test('a groups machine rebuilt from its records gives the same answers', t => {
  const seen = check(groupsSubject);
  for (const [what, count] of Object.entries(seen)) t.true(count > 300, `${what}: ${count}`);
});

test('a cluster machine rebuilt from its records gives the same answers', t => {
  const seen = check(clusterSubject);
  for (const [what, count] of Object.entries(seen)) t.true(count > 300, `${what}: ${count}`);
});

test('a transactions machine rebuilt from its records gives the same answers', t => {
  const seen = check(transactionsSubject);
  for (const [what, count] of Object.entries(seen)) t.true(count > 300, `${what}: ${count}`);
});
