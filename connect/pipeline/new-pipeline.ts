// Writes a pipeline to begin with: `postgres/filter,map/redis`. It can be linted and tested as it stands; what has to be filled in says so.

import { didYouMean, UsageError } from '../../core/index.js';
import { schemaUrl } from './pipeline-schema.js';

const sources: Readonly<Record<string, string>> = {
  file: `  file:
    file: ./input.csv # the format goes by the name: .csv, .jsonl, all else is lines
    mode: once # \`tail\` follows the file
    # csv.types: id:integer, amount:number # columns of a .csv are text otherwise
`,
  postgres: `  postgres:
    connection.url: \${POSTGRES_URL:-postgres://localhost/postgres}
    table.include.list: public\\.orders
    mode: incrementing # or bulk, timestamp, timestamp+incrementing
    incrementing.column.name: id
    poll.once: true # without it, new rows are waited for
`,
  redis: `  redis:
    redis.uri: \${REDIS_URL:-redis://localhost:6379}
    redis.type: stream # or list, pubsub, keys, scan
    redis.stream.name: orders # entries are waited for; Ctrl-C ends a run
`,
  topic: `  topic:
    url: \${KAFKA_URL:-kafka://localhost:9092}
    name: orders
    mode: once # \`follow\` waits for more
`,
};

const sinks: Readonly<Record<string, string>> = {
  file: `  file:
    directory: ./out # JSON Lines, each record exactly once
`,
  postgres: `  postgres:
    connection.url: \${POSTGRES_URL:-postgres://localhost/postgres}
    table.name.format: public.orders_out
    insert.mode: upsert
    pk.mode: record_key
    pk.fields: id
    auto.create: true
`,
  redis: `  redis:
    redis.uri: \${REDIS_URL:-redis://localhost:6379}
    redis.type: hash # or string, json, stream, list, set, zset, publish
    redis.keyspace: order # keys are order:ID
`,
  topic: `  topic:
    url: \${KAFKA_URL:-kafka://localhost:9092}
    name: orders-out
`,
};

const steps: Readonly<Record<string, string>> = {
  filter: `  # Expressions are JSONata (jsonata.org) over the value; $key, $topic, $timestamp and $headers are the rest of the record.
  - filter: $number(amount) > 0
`,
  map: `  - map: # the new value, field by field; a field whose expression gives nothing is left out
      id: id
      amount: $number(amount)
`,
  key: `  - key: $string(id) # what rows and keys of the sink go by
`,
  flatMap: `  - flatMap: items # one record for each of them
`,
  timestamp: `  - timestamp: created # milliseconds since 1970, or ISO 8601
`,
  validate: `  - validate: # JSON Schema; what does not fit is a bad record
      type: object
      required: [id]
`,
  branch: `  - branch: # the first whose \`when\` is true takes the record; others go on
      - name: large
        when: $number(amount) >= 1000
        sink:
          file: { directory: ./large }
`,
  dedupe: `  - dedupe: { key: id, within: 1h } # remembered over restarts
`,
  lookup: `  - lookup: # adds what another place knows: file, postgres, redis, topic
      key: customer
      from:
        file: { file: ./customers.csv }
      by: id
      as: customer
`,
  transform: `  - transform: # any of Kafka Connect's, with its settings
      type: InsertField$Value
      static.field: source
      static.value: orders
`,
};

/** What a recipe may be made of. */
export const recipeWords = {
  sources: Object.keys(sources),
  steps: Object.keys(steps),
  sinks: Object.keys(sinks),
};

/** The text of a pipeline. Throws UsageError for words that it does not know. */
export function newPipeline(name: string, recipe: string): string {
  const [source = '', middle = '', sink, more] = recipe.split('/');
  if (sink === undefined || more !== undefined)
    throw new UsageError(`"${recipe}" must read SOURCE/STEP,STEP/SINK, such as postgres/filter,map/redis`);
  const words = middle.split(',').filter(word => word !== '');
  // A sink that goes by keys needs one.
  const isKeyed = (sink === 'postgres' || sink === 'redis') && !words.includes('key');
  const written = [...words, ...(isKeyed ? ['key'] : [])].map(word => find(steps, word, 'step'));
  return `# yaml-language-server: $schema=${schemaUrl}
#
# Check it:   millrace pipeline lint ${name}.yaml
# Test it:    millrace pipeline test ${name}.yaml
# Look at it: millrace pipeline preview ${name}.yaml
# Run it:     millrace pipeline run ${name}.yaml

name: ${name}

source:
${find(sources, source, 'source')}
${written.length === 0 ? '' : `steps:\n${written.join('')}\n`}sink:
${find(sinks, sink, 'sink')}
# What happens with bad records: stop (the default), skip, or a connector that keeps them.
errors: stop

# schedule: { cron: '0 3 * * *', timezone: Europe/Berlin, missed: once }
${words.includes('lookup') ? '' : testOf(words)}`;
}

/** A test that holds for the steps as they are written above. */
function testOf(words: readonly string[]): string {
  const known = ['filter', 'map', 'key', 'validate', 'dedupe'];
  const isShown = words.every(word => known.includes(word));
  if (!isShown) return '';
  return `
tests:
  - name: an order goes through
    input: [{ id: 1, amount: 20 }]
    output: [{ id: 1, amount: 20 }]
`;
}

function find(known: Readonly<Record<string, string>>, word: string, what: string): string {
  const text = Object.hasOwn(known, word) ? known[word] : undefined;
  if (text !== undefined) return text;
  throw new UsageError(`there is no ${what} "${word}"${didYouMean(word, Object.keys(known))}`);
}
