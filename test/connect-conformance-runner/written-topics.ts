import { type Log, string } from '../../core/index.js';
import { mismatches, type Places } from './recorded-match.js';
import type { WrittenRecord } from './rest-case.js';

interface Found {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
}

/** Where a topic does not hold what was recorded: all of it in the order of each partition; of offsets and states the last value of each key. */
export async function topicMismatches(
  log: Log,
  topic: string,
  recorded: readonly WrittenRecord[],
  places: Places,
): Promise<{ readonly failures: readonly string[]; readonly rules: readonly string[] }> {
  const found = await written(log, topic);
  // How often offsets and states are written hangs on time.
  const isTimed = topic === 'connect-status' || topic === 'connect-offsets';
  const [left, right] = isTimed ? [lastOf(found), lastOf(recorded)] : [found, recorded];
  const rules = new Set<string>();
  const failures = [
    ...difference(left, right, places, (one, other) => {
      const rule = allowed(one, other);
      if (rule !== undefined) rules.add(rule);
      return rule !== undefined;
    }),
  ];
  return { failures, rules: [...rules] };
}

function difference(
  found: readonly (Found | WrittenRecord)[],
  recorded: readonly WrittenRecord[],
  places: Places,
  isAllowed: (found: Found | WrittenRecord, recorded: WrittenRecord) => boolean,
): readonly string[] {
  const failures: string[] = [];
  if (found.length !== recorded.length) {
    const keys = (records: readonly (Found | WrittenRecord)[]) => records.map(({ key }) => key).join(' ');
    failures.push(`${found.length} records, not ${recorded.length}: ${keys(found)}; recorded ${keys(recorded)}`);
    return failures;
  }
  for (const [at, record] of recorded.entries()) {
    const { key, value, headers = [] } = found[at]!;
    const faults = mismatches({ key, value }, { key: record.key, value: record.value }, places);
    if (record.headers !== undefined) failures.push(...headerFaults(headers, record.headers));
    if (record.partition !== null && found[at]!.partition !== record.partition) {
      failures.push(`${key} is in partition ${found[at]!.partition}, not ${record.partition}`);
    }
    if (faults.length > 0 && !isAllowed(found[at]!, record)) failures.push(...faults);
  }
  return failures;
}

/** Names in their order; the values that are no text of Java. */
function headerFaults(
  found: readonly (readonly [string, string])[],
  recorded: readonly (readonly [string, string])[],
): readonly string[] {
  const names = (headers: readonly (readonly [string, string])[]) => headers.map(([name]) => name).join(' ');
  if (names(found) !== names(recorded)) return [`headers ${names(found)}, not ${names(recorded)}`];
  return recorded.flatMap(([name, value], at) => {
    const isJava = /class\.name|exception\./.test(name);
    return isJava || found[at]![1] === value ? [] : [`header ${name}: ${found[at]![1]}, not ${value}`];
  });
}

/** A connector that cannot begin says why in words of its own. */
function allowed(found: Found | WrittenRecord, recorded: WrittenRecord): string | undefined {
  const [one, other] = [traceless(found.value), traceless(recorded.value)];
  return one !== undefined && one === other ? 'a trace is a text of Java' : undefined;
}

function traceless(value: string | null): string | undefined {
  if (value === null || !value.includes('"trace"')) return undefined;
  const { state, trace } = JSON.parse(value) as { state: string; trace: unknown };
  return trace === null ? undefined : state;
}

function lastOf<R extends { readonly key: string | null }>(records: readonly R[]): readonly R[] {
  const last = new Map(records.map(record => [record.key, record]));
  return [...last.keys()].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)).map(key => last.get(key)!);
}

async function written(log: Log, topic: string): Promise<readonly Found[]> {
  await using admin = log.admin();
  const known = await admin.listTopics({ withInternal: true });
  if (!known.some(({ name }) => name === topic)) return [];
  const [description] = await admin.describeTopics([topic]);
  const found: Found[] = [];
  await using consumer = log.consumer({ key: string, value: string, isolationLevel: 'read_committed' });
  const partitions = description!.partitions.map(({ partition }) => ({ topic, partition }));
  const ends = await consumer.endOffsets(partitions);
  for (const { partition, offset: end } of ends) {
    if (end === 0) continue;
    consumer.assign([{ topic, partition }]);
    consumer.seek({ topic, partition }, 0);
    while ((await consumer.position({ topic, partition })) < end) {
      for (const { key, value, headers } of await consumer.poll({ waitMs: 500 })) {
        const texts = headers.map(header => [header.key, Buffer.from(header.value ?? []).toString()] as const);
        found.push({ partition, key, value, headers: texts });
      }
    }
  }
  return found;
}
