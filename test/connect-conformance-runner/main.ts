// npm run conformance:connect [-- DIR] [--all]: runs the recorded cases of a folder (default: MILLRACE_CONFORMANCE, else the project's copy), prints a
// line a family and what failed (all of it with --all). Exit code 1 when a case fails.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../architecture/source-files.js';
import { caseFiles, isKnown, readKnown, runFile } from './run-folder.js';

const shownMax = 5;
const ownFolder = join(projectRoot, 'test/conformance/connect');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } });
  const folder = positionals[0] ?? process.env['MILLRACE_CONFORMANCE'] ?? ownFolder;
  const known = readKnown(ownFolder);
  const total = { passed: 0, failed: 0, known: 0, notBuilt: 0 };
  const rules = new Map<string, number>();
  for (const file of caseFiles(folder)) {
    const { outcomes, caseCount } = await runFile(folder, file);
    if (outcomes === undefined) {
      total.notBuilt += caseCount;
      if (caseCount > 0) console.log(`${file}: ${caseCount} not built`);
      continue;
    }
    const differing = outcomes.filter(({ difference }) => difference !== undefined);
    const failed = differing.filter(each => !isKnown(each, known));
    total.passed += outcomes.length - differing.length;
    total.failed += failed.length;
    total.known += differing.length - failed.length;
    for (const { rule = 'none' } of differing) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    console.log(`${file}: ${outcomes.length - differing.length} of ${outcomes.length} passed`);
    const shown = values.all === true ? failed : failed.slice(0, shownMax);
    for (const { id, difference } of shown) console.log(`    ${id}: ${difference}`);
  }
  for (const [name, count] of rules) console.log(`differs by ${name}: ${count}`);
  console.log(
    `${total.passed} passed, ${total.failed} failed, ${total.known} known to differ, ${total.notBuilt} not built`,
  );
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

await main();
