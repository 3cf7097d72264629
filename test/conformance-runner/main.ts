// npm run conformance [-- DIR]: runs the recorded cases of a folder (default: the project's copy of the recorded families), prints one
// line a family and `N passed, N failed, N not built`. Exit code 1 when one fails.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Case } from './case.js';
import { runCase } from './run-case.js';

const differencesShown = 5;

interface Tally {
  passed: number;
  failed: number;
  readonly notBuilt: Map<string, number>;
  readonly reasons: string[];
}

function main(): void {
  const given = process.argv[2] ?? process.env['MILLRACE_CONFORMANCE'] ?? 'test/conformance/streams';
  const total = { passed: 0, failed: 0, notBuilt: 0 };
  for (const file of caseFiles(given)) {
    const tally = runFile(file);
    total.passed += tally.passed;
    total.failed += tally.failed;
    for (const count of tally.notBuilt.values()) total.notBuilt += count;
    console.log(line(basename(file, '.json'), tally));
    for (const reason of tally.reasons.slice(0, differencesShown)) console.log(`    ${reason}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.notBuilt} not built`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

function caseFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => join(path, name));
}

function runFile(file: string): Tally {
  const tally: Tally = { passed: 0, failed: 0, notBuilt: new Map(), reasons: [] };
  for (const each of JSON.parse(readFileSync(file, 'utf8')) as readonly Case[]) {
    // Answers that hang on a defect or on chance in the reference.
    if (each.error !== undefined || each.order !== undefined || each.lost !== undefined) continue;
    const outcome = runCase(each);
    if (outcome.kind === 'passed') tally.passed++;
    else if (outcome.kind === 'not-built') {
      tally.notBuilt.set(outcome.operator, (tally.notBuilt.get(outcome.operator) ?? 0) + 1);
    } else {
      tally.failed++;
      tally.reasons.push(`${each.id}: ${outcome.reason}`);
    }
  }
  return tally;
}

function line(family: string, { passed, failed, notBuilt }: Tally): string {
  const missing = [...notBuilt].map(([operator, count]) => `${count} ${operator}`).join(', ');
  const notBuiltCount = [...notBuilt.values()].reduce((sum, count) => sum + count, 0);
  return `${family}: ${passed} passed, ${failed} failed, ${notBuiltCount} not built${missing === '' ? '' : ` (${missing})`}`;
}

main();
