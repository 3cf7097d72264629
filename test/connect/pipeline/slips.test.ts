import test from 'ava';
import { pipelineConnectors } from '../../../cli/pipeline-connectors.js';
import { PipelineError, preparePipeline } from '../../../connect/pipeline/index.js';

const whole = {
  name: 'orders',
  source: { file: { file: 'orders.csv', mode: 'once', 'csv.types': 'amount:number' } },
  steps: [
    { filter: 'amount > 0', name: 'positive' },
    { validate: { type: 'object', required: ['id'] } },
    { dedupe: { key: 'id', within: '1d', max: 10 } },
    { lookup: { key: 'customer', from: { file: { file: 'customers.csv' } }, by: 'id', as: 'customer' } },
    { branch: [{ name: 'large', when: 'amount > 9', steps: [{ key: 'id' }], sink: { file: { directory: 'large' } } }] },
    { map: { id: 'id', amount: ['amount', 1] } },
    { transform: { type: 'InsertField$Value', 'static.field': 'a', 'static.value': 'b' } },
  ],
  sink: { redis: { 'redis.uri': 'redis://localhost:1', 'redis.type': 'hash', 'redis.keyspace': 'order' } },
  errors: { file: { directory: 'bad' } },
  schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlin', missed: 'once' },
  tests: [{ name: 'a test', input: [{ id: 1 }], output: [], steps: { positive: [] }, lookups: { lookup: { a: 1 } } }],
};

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const parts = Object.entries(value).flatMap(([key, part]) =>
    pathsOf(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...parts];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  (copy as Record<string | number, unknown>)[key] = replaced(
    (value as Record<string | number, unknown>)[key],
    rest,
    by,
  );
  return copy;
}

function renamed(value: unknown, path: Path): unknown {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], value);
  const entries = Object.entries(parent as object).map(([key, part]) => [key === path.at(-1) ? `${key}x` : key, part]);
  return replaced(value, path.slice(0, -1), Object.fromEntries(entries));
}

/** What cannot be meant is told as that, and nothing falls over it. */
async function outcomeOf(pipeline: unknown): Promise<'taken' | 'refused'> {
  try {
    await preparePipeline(pipeline, { connectors: pipelineConnectors });
    return 'taken';
  } catch (error) {
    if (!(error instanceof PipelineError) || error.faults.length === 0 || error.message === '') throw error;
    return 'refused';
  }
}

test('whatever is put in the place of any value, the pipeline is taken or its faults are told', async t => {
  t.is(await outcomeOf(whole), 'taken');
  let refused = 0;
  const fallen: string[] = [];
  for (const path of pathsOf(whole)) {
    for (const wrong of [5, null, '', 'x', [1], { x: 1 }]) {
      const outcome = await outcomeOf(replaced(whole, path, wrong)).catch((error: Error) => error);
      if (outcome instanceof Error) fallen.push(`${path.join('.')} = ${JSON.stringify(wrong)}: ${outcome.stack}`);
      if (outcome === 'refused') refused++;
    }
  }
  t.deepEqual(fallen, []);
  t.true(refused > 200, `${refused}`);
});

test('a slip in any key of a pipeline, a step or a connector is refused', async t => {
  const free = /^(steps\.1\.validate\.required|steps\.5\.map\.|tests\.0\.(input|lookups\.lookup)\.)/;
  for (const path of pathsOf(whole)) {
    if (path.length === 0 || typeof path.at(-1) === 'number' || free.test(path.join('.'))) continue;
    t.is(await outcomeOf(renamed(whole, path)), 'refused', path.join('.'));
  }
});
