import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { Arena, type Serde } from '../../core/index.js';
import { createStore } from '../../streams/state/create-store.js';
import { openLmdbStateDatabase } from '../../streams/state/lmdb-state-database.js';
import type { ManagedKeyValueStore, ManagedStore, ManagedWindowStore } from '../../streams/state/managed-store.js';
import type { StateDatabase } from '../../streams/state/state-database.js';
import type { StoreDefinition } from '../../streams/state/store-definition.js';

const text: Serde<string> = {
  name: 'text',
  write: (value, arena) => arena.append(Buffer.from(value)),
  read: (bytes, start, end) => Buffer.from(bytes).toString('utf8', start, end),
};
const json: Serde<unknown> = {
  name: 'json',
  write: (value, arena) => arena.append(Buffer.from(JSON.stringify(value))),
  read: (bytes, start, end) => JSON.parse(Buffer.from(bytes).toString('utf8', start, end)),
};

function definition(kind: 'key-value' | 'window', overrides: Partial<StoreDefinition> = {}): StoreDefinition {
  const base = { kind, name: 'counts', keySerde: text, valueSerde: json, isLogged: true, backing: 'disk' } as const;
  return kind === 'window' ? { ...base, retentionMs: 40, ...overrides } : { ...base, ...overrides };
}

async function openDatabase(directory: string): Promise<StateDatabase> {
  const database = await openLmdbStateDatabase(directory);
  if (database === undefined) throw new Error('lmdb has no build for this machine');
  return database;
}

function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-state-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Change {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

function changesOf(store: ManagedStore): Change[] {
  const changes: Change[] = [];
  const encoded = (write: (arena: Arena) => void): Buffer => {
    const arena = new Arena();
    write(arena);
    return Buffer.from(arena.bytes.subarray(0, arena.position));
  };
  const append = (key: unknown, value: unknown, timestamp: number): void => {
    changes.push({
      key: encoded(arena => store.changelogKey.write(key, arena)),
      value: value === null ? null : encoded(arena => store.changelogValue.write(value, arena)),
      timestamp,
    });
  };
  for (const _pause of store.appendChanges(append));
  return changes;
}

async function commit(store: ManagedStore, database?: StateDatabase): Promise<Change[]> {
  const changes = changesOf(store);
  await database?.transaction(async () => {
    for (const _pause of store.writeChanges());
  });
  store.markClean();
  return changes;
}

function restore(store: ManagedStore, changes: readonly Change[]): void {
  for (const { key, value, timestamp } of changes) {
    const bytes = Buffer.concat([Buffer.from('..'), key, value ?? Buffer.alloc(0)]);
    const valueStart = value === null ? -1 : 2 + key.length;
    store.restore(bytes, 2, 2 + key.length, valueStart, value === null ? -1 : bytes.length, timestamp);
  }
}

const longKey = 'k'.repeat(2_500);
const keys = ['', 'a', 'b', 'é', '€', '\u{1F600}', '\uFFFD', longKey, `${longKey}2`, 'zz'];
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly startMs: number; readonly value: number }
  | { readonly kind: 'delete'; readonly key: string; readonly startMs: number }
  | { readonly kind: 'commit' | 'crash' | 'walk' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: fc.constantFrom(...keys),
      startMs: fc.nat(12).map(each => each * 10),
      value: fc.nat(99),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      key: fc.constantFrom(...keys),
      startMs: fc.nat(12).map(each => each * 10),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'crash' as const, 'walk' as const) }) },
);

/** What a window store must hold, told as simply as it can be: everything in one Map, looked through each time. */
class WindowModel {
  entries = new Map<string, { key: string; startMs: number; value: number }>();
  observedStartMs = -1;
  put(key: string, startMs: number, value: number | undefined): void {
    this.observedStartMs = Math.max(this.observedStartMs, startMs);
    if (startMs <= this.observedStartMs - 40) return;
    if (value === undefined) this.entries.delete(`${startMs}/${key}`);
    else this.entries.set(`${startMs}/${key}`, { key, startMs, value });
  }
  range(): unknown[] {
    return [...this.entries.values()]
      .filter(entry => entry.startMs > this.observedStartMs - 40)
      .sort((a, b) => a.startMs - b.startMs || byBytes(a.key, b.key))
      .map(({ key, startMs, value }) => [key, startMs, value]);
  }
  copy(): WindowModel {
    const copy = new WindowModel();
    copy.entries = new Map(this.entries);
    copy.observedStartMs = this.observedStartMs;
    return copy;
  }
}

test('a window store in memory, one on lmdb and a plain model agree, over commits and crashes', async t => {
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(2, 1_000), async (steps, cacheEntriesMax) => {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-state-'));
      let database = await openDatabase(directory);
      const open = () =>
        createStore(definition('window'), { table: database.table('counts'), cacheEntriesMax }) as ManagedWindowStore;
      let onDisk = open();
      let inMemory = createStore(definition('window')) as ManagedWindowStore;
      let model = new WindowModel();
      let committed = model.copy();
      const changelog: Change[] = [];
      try {
        for (const each of steps) {
          if (each.kind === 'put' || each.kind === 'delete') {
            const value = each.kind === 'put' ? each.value : undefined;
            for (const store of [onDisk, inMemory]) {
              if (value === undefined) store.delete(each.key, each.startMs, 5);
              else store.put(each.key, each.startMs, value, 5);
            }
            model.put(each.key, each.startMs, value);
            const expected = model.range().find(entry => {
              const [key, startMs] = entry as [string, number];
              return key === each.key && startMs === each.startMs;
            }) as [string, number, number] | undefined;
            t.is(onDisk.get(each.key, each.startMs)?.value, expected?.[2]);
            t.is(inMemory.get(each.key, each.startMs)?.value, expected?.[2]);
          } else if (each.kind === 'commit') {
            changelog.push(...(await commit(inMemory)));
            await commit(onDisk, database);
            committed = model.copy();
          } else if (each.kind === 'crash') {
            crashes++;
            await database.close();
            database = await openDatabase(directory);
            onDisk = open();
            onDisk.observedStartMs = committed.observedStartMs;
            inMemory = createStore(definition('window')) as ManagedWindowStore;
            restore(inMemory, changelog);
            inMemory.observedStartMs = committed.observedStartMs;
            model = committed.copy();
          } else {
            for (const store of [onDisk, inMemory]) {
              const walked = [...store.range(0, 1_000)].map(entry => [entry.key, entry.startMs, entry.value]);
              t.deepEqual(walked, model.range());
              const ofKey = [...store.rangeOf('a', 20, 80)].map(entry => [entry.key, entry.startMs, entry.value]);
              t.deepEqual(
                ofKey,
                model.range().filter(entry => {
                  const [key, startMs] = entry as [string, number];
                  return key === 'a' && startMs >= 20 && startMs <= 80;
                }),
              );
            }
          }
        }
      } finally {
        await database.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
  t.true(crashes >= 5, `only ${crashes} crashes`);
});

test('a key-value store in memory, one on lmdb and a Map agree, over commits and crashes', async t => {
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(2, 1_000), async (steps, cacheEntriesMax) => {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-state-'));
      let database = await openDatabase(directory);
      const open = () =>
        createStore(definition('key-value'), {
          table: database.table('counts'),
          cacheEntriesMax,
        }) as ManagedKeyValueStore;
      let onDisk = open();
      let inMemory = createStore(definition('key-value')) as ManagedKeyValueStore;
      let model = new Map<string, number>();
      let committed = new Map<string, number>();
      const changelog: Change[] = [];
      try {
        for (const each of steps) {
          if (each.kind === 'put' || each.kind === 'delete') {
            for (const store of [onDisk, inMemory]) {
              t.is(store.get(each.key)?.value, model.get(each.key));
              if (each.kind === 'put') store.put(each.key, each.value, each.startMs);
              else store.delete(each.key, each.startMs);
            }
            if (each.kind === 'put') model.set(each.key, each.value);
            else model.delete(each.key);
            for (const store of [onDisk, inMemory]) t.is(store.get(each.key)?.value, model.get(each.key));
          } else if (each.kind === 'commit') {
            changelog.push(...(await commit(inMemory)));
            await commit(onDisk, database);
            committed = new Map(model);
          } else if (each.kind === 'crash') {
            crashes++;
            await database.close();
            database = await openDatabase(directory);
            onDisk = open();
            inMemory = createStore(definition('key-value')) as ManagedKeyValueStore;
            restore(inMemory, changelog);
            model = new Map(committed);
          } else {
            const expected = [...model].sort(([a], [b]) => byBytes(a, b));
            for (const store of [onDisk, inMemory]) {
              t.deepEqual(
                Array.from(store.entries(), ([key, entry]) => [key, entry.value]),
                expected,
              );
            }
          }
        }
      } finally {
        await database.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
  t.true(crashes >= 5, `only ${crashes} crashes`);
});

test('a transaction that fails half way leaves the disk as it was', async t => {
  const database = await openDatabase(temporaryDirectory(t));
  const table = database.table('counts');
  await database.transaction(async () => table.put(Buffer.from('kept'), Buffer.from('1')));
  await t.throwsAsync(
    database.transaction(async () => {
      table.put(Buffer.from('lost'), Buffer.from('2'));
      table.put(Buffer.from(longKey), Buffer.from('3'));
      database.writeNote('checkpoint', 'lost');
      await Promise.resolve();
      throw new Error('the disk is full');
    }),
    { message: 'the disk is full' },
  );
  t.deepEqual(
    [...table.rows()].map(row => String(row.key)),
    ['kept'],
  );
  t.is(database.note('checkpoint'), undefined);
  await database.clear('counts');
  t.true(table.isEmpty());
  await database.close();
});

test('changelog records are what Kafka Streams writes', async t => {
  const keyed = createStore(definition('key-value')) as ManagedKeyValueStore;
  keyed.put('a', 1, 100);
  keyed.put('b', 1, 101);
  keyed.put('a', 2, 102);
  keyed.delete('b', 103);
  t.is(keyed.dirtyCount, 2);
  t.deepEqual(await commit(keyed), [
    { key: Buffer.from('a'), value: Buffer.from('2'), timestamp: 102 },
    { key: Buffer.from('b'), value: null, timestamp: 103 },
  ]);
  t.is(keyed.dirtyCount, 0);
  const windowed = createStore(definition('window')) as ManagedWindowStore;
  windowed.put('a', 2 ** 32 + 10, 7, 5);
  t.deepEqual(await commit(windowed), [
    { key: Buffer.from('61000000010000000a00000000', 'hex'), value: Buffer.from('7'), timestamp: 5 },
  ]);
});

test('a window expires exactly when its start is retention behind the highest start', t => {
  const store = createStore(definition('window')) as ManagedWindowStore;
  store.put('a', 10, 'ten', 10);
  store.put('a', 49, 'later', 49);
  t.is(store.get('a', 10)?.value, 'ten');
  store.put('a', 50, 'last', 50);
  t.is(store.get('a', 10), undefined);
  store.put('a', 10, 'too late', 51);
  t.is(store.get('a', 10), undefined);
  t.deepEqual(
    [...store.range(0, 100)].map(entry => entry.startMs),
    [49, 50],
  );
});

test('strict mode shows at once what a serde would change, and freezes it', t => {
  const strict = createStore(definition('key-value'), { isStrict: true }) as ManagedKeyValueStore;
  strict.put('a', { at: new Date(0), list: [1] }, 0);
  const value = strict.get('a')!.value as { at: unknown; list: number[] };
  t.is(value.at, '1970-01-01T00:00:00.000Z');
  t.throws(() => value.list.push(2), { instanceOf: TypeError });
  const loose = createStore(definition('key-value')) as ManagedKeyValueStore;
  const given = { at: new Date(0) };
  loose.put('a', given, 0);
  t.is(loose.get('a')!.value, given);
});

test('a key that is no string or number is found by its bytes', t => {
  const store = createStore(definition('key-value', { keySerde: json })) as ManagedKeyValueStore;
  store.put({ id: 1 }, 'object', 0);
  store.put('{"id":1}', 'text', 0);
  store.put(7, 'number', 0);
  t.is(store.get({ id: 1 })?.value, 'object');
  t.is(store.get('{"id":1}')?.value, 'text');
  t.is(store.get(7)?.value, 'number');
  store.delete({ id: 1 }, 1);
  t.is(store.get({ id: 1 }), undefined);
});
