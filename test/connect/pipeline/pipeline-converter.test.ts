import test from 'ava';
import type { ByteArena, Schema } from '../../../connect/api/index.js';
import { pipelineConverter } from '../../../connect/pipeline/pipeline-converter.js';

class Arena implements ByteArena {
  bytes = Buffer.alloc(16);
  position = 0;
  reserve(count: number): void {
    if (this.position + count <= this.bytes.length) return;
    const grown = Buffer.alloc((this.position + count) * 2);
    this.bytes.copy(grown);
    this.bytes = grown;
  }
}

function written(value: unknown, schema?: Schema) {
  const lengths: number[] = [];
  const converter = pipelineConverter(lengthBytes => void lengths.push(lengthBytes)).start(
    {},
    { part: 'value', givenName: 'pipeline' },
  );
  const arena = new Arena();
  converter.write(value, arena, schema);
  return {
    lengths,
    bytes: arena.bytes.subarray(0, arena.position),
    read: converter.read(arena.bytes, 0, arena.position),
  };
}

test('values stand as plain JSON in the log, those with a schema in its envelope, and all come back as they were', t => {
  const plain = written({ a: 1n, b: 'ä' });
  t.is(plain.bytes.toString(), '{"a":1,"b":"ä"}');
  t.deepEqual([plain.lengths, plain.read.value, plain.read.schema], [[16], { a: 1, b: 'ä' }, undefined]);
  const schema: Schema = {
    type: 'struct',
    fields: [{ field: 'at', type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' }],
  };
  const typed = written({ at: new Date(5) }, schema);
  t.deepEqual([typed.read.value, typed.lengths], [{ at: new Date(5) }, [typed.bytes.length]]);
  t.is(typed.read.schema?.fields?.[0]?.name, 'org.apache.kafka.connect.data.Timestamp');
  t.throws(() => written('x'.repeat(5_000_000)), { message: /a value of 5000002 bytes: a pipeline carries up to/ });
});
