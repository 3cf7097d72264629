// Reads what ava printed (standard input) and prints the test files that did not pass, one a line: those that are to be run once more, alone.

import { readdirSync, readFileSync } from 'node:fs';

const failedTest = /✘ \[fail\]: (.*)/;
const failedFile =
  /(test\/\S+\.test)\.[jt]s (?:exited|timed out|did not finish)|(?:Uncaught exception|Unhandled rejection|remaining|pending) in (?:dist\/)?(test\/\S+\.test)\.[jt]s/;

const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.test.ts'));
const failed = new Set<string>();
for (const line of readFileSync(0, 'utf8').split('\n')) {
  const title = failedTest.exec(line)?.[1];
  // A title begins with the path of its file: `core › log › damage › every byte cut`.
  const owner = files.find(file => title?.startsWith(`${file.replace('.test.ts', '').split('/').join(' › ')} › `));
  if (owner !== undefined) failed.add(`test/${owner}`);
  const named = failedFile.exec(line);
  if (named !== null) failed.add(`${named[1] ?? named[2]}.ts`);
}
for (const file of failed) console.log(file);
