import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import type { Job } from './job.js';
import { whole } from './live-table.js';
import type { Options } from './options.js';
import { deadLetterTopic, type Outcome } from './run-job.js';

/** What a person should know at the end: how much, how fast, what was late or could not be read, and where it all lies. */
export function summaryLines(job: Job, outcome: Outcome, options: Options, url: string): string[] {
  const { apps, sink } = outcome;
  const sum = (name: 'recordsIn' | 'lateRecords') => apps.reduce((all, app) => all + app[name], 0);
  const elapsedMs = Math.max(...apps.map(app => app.elapsedMs));
  const files = readdirSync(options.outDirectory).filter(name => name.startsWith(`${job.results}+`));
  const place = options.url === undefined ? `--data ${shown(options.dataDirectory)}` : `--url ${url}`;
  return [
    '',
    ...outcome.sources.map(
      ({ name, records, elapsedMs }) => `read       ${whole(records)} ${name}${rate(records, elapsedMs)}`,
    ),
    `processed  ${whole(sum('recordsIn'))} records${rate(sum('recordsIn'), elapsedMs)}`,
    ...(apps.length === 1 ? [] : [sharesLine(apps)]),
    `late       ${whole(sum('lateRecords'))} records came too late for their window`,
    ...job.remarks.map(remark => `           ${remark}`),
    ...outcome.sources.filter(({ deadLetters }) => deadLetters > 0).map(deadLetterLine),
    `results    ${whole(sink.records)} lines in ${files.length} files in ${shown(options.outDirectory)}`,
    `look       node dist/cli/millrace.js topic list ${place}`,
  ];
}

/** Relative to where the commands are typed, if it lies below. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}

function deadLetterLine(source: Outcome['sources'][number]): string {
  const lines = source.deadLetters === 1 ? '1 line' : `${whole(source.deadLetters)} lines`;
  return `malformed  ${lines} of ${source.name}: see the topic ${deadLetterTopic(source.name)}`;
}

/** Records from topics and from between the stages of the application. */
function sharesLine(apps: Outcome['apps']): string {
  const shares = apps.map(app => whole(app.recordsIn + app.recordsRepartitioned));
  return `shared     by ${apps.length} instances, which took ${shares.join(', ')} records`;
}

function rate(records: number, elapsedMs: number): string {
  return elapsedMs < 1 ? '' : `, ${whole((records / elapsedMs) * 1_000)} a second`;
}
