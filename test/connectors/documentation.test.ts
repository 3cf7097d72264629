import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { pipelineConnectors } from '../../cli/pipeline-connectors.js';
import { optionTable } from '../../connect/api/index.js';
import { pipelineSchema } from '../../connect/pipeline/index.js';
import { sinkRuntimeOptions, sourceRuntimeOptions } from '../../connect/runtime/runtime-options.js';
import { workerOptions } from '../../connect/runtime/worker/worker-options.js';
import { fileSinkConfig } from '../../connectors/file/file-sink-config.js';
import { fileSourceConfig } from '../../connectors/file/file-source-config.js';
import { postgresSinkConfig } from '../../connectors/postgres/postgres-sink-config.js';
import { postgresSourceConfig } from '../../connectors/postgres/postgres-source-config.js';
import { redisSinkConfig } from '../../connectors/redis/redis-sink-config.js';
import { redisSourceConfig } from '../../connectors/redis/redis-source-config.js';

const specs = {
  'the worker': workerOptions,
  'every source': sourceRuntimeOptions,
  'every sink': sinkRuntimeOptions,
  'file source': fileSourceConfig,
  'file sink': fileSinkConfig,
  'postgres source': postgresSourceConfig,
  'postgres sink': postgresSinkConfig,
  'redis source': redisSourceConfig,
  'redis sink': redisSinkConfig,
};

test('the option tables in docs/connectors.md are those of the specs (UPDATE=1 writes them anew)', async t => {
  const path = 'docs/connectors.md';
  const page = await readFile(path, 'utf8');
  let renewed = page;
  for (const [name, spec] of Object.entries(specs)) {
    const [begin, end] = [`<!-- options: ${name} -->\n`, '<!-- end -->'];
    const at = renewed.indexOf(begin);
    t.true(at >= 0, `${path} has no place for the options of ${name}`);
    renewed = renewed.slice(0, at + begin.length) + optionTable(spec) + renewed.slice(renewed.indexOf(end, at));
  }
  if (process.env['UPDATE'] === '1') await writeFile(path, renewed);
  else t.is(page, renewed);
});

test('the schema by which editors know pipelines is that of the specs (UPDATE=1 writes it anew)', async t => {
  const path = 'pipeline.schema.json';
  const text = `${JSON.stringify(await pipelineSchema(pipelineConnectors), null, 2)}\n`;
  if (process.env['UPDATE'] === '1') await writeFile(path, text);
  else t.is(await readFile(path, 'utf8'), text);
  t.pass();
});
