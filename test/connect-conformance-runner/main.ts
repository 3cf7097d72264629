// npm run conformance:connect [-- DIR]: runs the recorded cases of a folder (default: the project's copy), prints a line a family and what
// failed. Exit code 1 when a case fails.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { transformNames } from '../../connect/index.js';
import type { ConnectCase } from './connect-case.js';
import { differenceOf } from './run-connect-case.js';

const shownMax = 5;
const differences = 'known-differences.json';
const predicates = ['HasHeaderKey', 'RecordIsTombstone', 'TopicNameMatches'];

function main(): void {
  const folder = process.argv[2] ?? process.env['MILLRACE_CONFORMANCE'] ?? 'test/conformance/connect';
  const known = JSON.parse(readFileSync(join('test/conformance/connect', differences), 'utf8')) as Record<
    string,
    string
  >;
  const total = { passed: 0, failed: 0, known: 0, notBuilt: 0 };
  for (const file of readdirSync(folder)
    .filter(name => name.endsWith('.json') && name !== differences)
    .sort()) {
    const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly ConnectCase[] | object;
    const all = Array.isArray(recorded) ? (recorded as readonly ConnectCase[]) : [];
    const cases = all.filter(isBuilt);
    total.notBuilt += all.length - cases.length;
    if (cases.length === 0) {
      console.log(`${basename(file, '.json')}: ${all.length} not built`);
      continue;
    }
    const failed = cases.map(each => [each.id, differenceOf(each)] as const).filter(([, why]) => why !== undefined);
    total.passed += cases.length - failed.length;
    const unexplained = failed.filter(([id]) => !(id in known));
    total.failed += unexplained.length;
    total.known += failed.length - unexplained.length;
    console.log(`${basename(file, '.json')}: ${cases.length - failed.length} of ${cases.length} passed`);
    for (const [id, why] of unexplained.slice(0, shownMax)) console.log(`    ${id}: ${why}`);
  }
  console.log(
    `${total.passed} passed, ${total.failed} failed, ${total.known} known to differ, ${total.notBuilt} not built`,
  );
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

function isBuilt({ op, type }: ConnectCase): boolean {
  return (op === 'transform' && transformNames.includes(type)) || (op === 'predicate' && predicates.includes(type));
}

main();
