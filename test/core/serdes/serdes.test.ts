import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import { Arena } from '../../../core/records/arena.js';
import { bytesSerde } from '../../../core/serdes/bytes-serde.js';
import { json } from '../../../core/serdes/json-serde.js';
import { float64Serde, int32Serde, int64Serde } from '../../../core/serdes/number-serdes.js';
import type { Serde } from '../../../core/serdes/serde.js';
import { standardSchema } from '../../../core/serdes/standard-schema-serde.js';
import { stringSerde } from '../../../core/serdes/string-serde.js';
import { uuidSerde } from '../../../core/serdes/uuid-serde.js';

/** Written behind other bytes, as in a batch. */
function written<T>(serde: Serde<T>, value: T): Buffer {
  const arena = new Arena(8);
  arena.append(Buffer.from('before'));
  serde.write(value, arena);
  return Buffer.from(arena.bytes.subarray(6, arena.position));
}

/** Read out of the middle of bytes that are no Buffer. */
function read<T>(serde: Serde<T>, bytes: Uint8Array): T {
  const around = new Uint8Array(bytes.length + 8);
  around.fill(0x7b);
  around.set(bytes, 4);
  return serde.read(around, 4, 4 + bytes.length);
}

const hex = <T>(serde: Serde<T>, value: T): string => written(serde, value).toString('hex');
const fromHex = <T>(serde: Serde<T>, text: string): T => read(serde, Buffer.from(text, 'hex'));

test('strings are UTF-8, whatever their length and letters', t => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 80 });
  fc.assert(
    fc.property(texts, text => {
      const bytes = written(stringSerde, text);
      t.is(bytes.toString('utf8'), text);
      t.is(read(stringSerde, bytes), text);
    }),
    { numRuns: 500 },
  );
});

test('what is no string is refused by name, as plain JavaScript may give it', t => {
  for (const value of [5, { a: 1 }, ['a'], undefined]) {
    t.throws(() => written(stringSerde, value as never), { message: new RegExp(`a ${typeof value} is no text`) });
  }
});

test('a lone surrogate becomes the replacement character instead of bytes that are no UTF-8', t => {
  t.is(hex(stringSerde, '\ud800'), 'efbfbd');
  t.is(hex(stringSerde, `${'a'.repeat(40)}\udc00`).slice(-6), 'efbfbd');
});

test('numbers have the formats of Kafka’s serializers', t => {
  t.is(hex(int32Serde, -2), 'fffffffe');
  t.is(hex(int32Serde, 0x01020304), '01020304');
  t.is(hex(int64Serde, -2), 'fffffffffffffffe');
  t.is(hex(int64Serde, 0x0102030405), '0000000102030405'.padStart(16, '0'));
  t.is(hex(int64Serde, Number.MAX_SAFE_INTEGER), '001fffffffffffff');
  t.is(hex(float64Serde, 1.5), '3ff8000000000000');
  t.is(hex(float64Serde, -0), '8000000000000000');
});

test('numbers come back as they were', t => {
  fc.assert(
    fc.property(fc.integer(), fc.maxSafeInteger(), fc.double(), (int32, int64, float64) => {
      t.is(read(int32Serde, written(int32Serde, int32)), int32);
      t.is(read(int64Serde, written(int64Serde, int64)), int64);
      t.is(read(float64Serde, written(float64Serde, float64)), float64);
    }),
  );
});

test('what a number type cannot hold is refused in both directions', t => {
  t.throws(() => written(int32Serde, 2 ** 31), { instanceOf: UsageError });
  t.throws(() => written(int32Serde, 1.5), { instanceOf: UsageError });
  t.throws(() => written(int64Serde, 2 ** 53), { instanceOf: UsageError });
  t.throws(() => written(int64Serde, Number.NaN), { instanceOf: UsageError });
  t.throws(() => fromHex(int64Serde, '0020000000000000'), { instanceOf: ProtocolError, message: /2\^53/ });
  t.is(fromHex(int64Serde, 'ffe0000000000001'), Number.MIN_SAFE_INTEGER);
  t.throws(() => fromHex(int32Serde, '000001'), { instanceOf: ProtocolError, message: /4 bytes, here are 3/ });
});

test('JSON comes back as it was', t => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      t.deepEqual(read(json<unknown>(), written(json<unknown>(), value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what has no JSON is refused instead of becoming null or nothing', t => {
  for (const value of [undefined, () => 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => written(json<unknown>(), value), { instanceOf: UsageError });
  }
});

test('bytes that are no JSON are refused as a bad record', t => {
  const error = t.throws(() => read(json<unknown>(), Buffer.from('{"a":')), { instanceOf: ProtocolError });
  t.is(error.kind, 'INVALID_RECORD');
});

test('bytes are copied when read, so that they may be kept', t => {
  const source = new Uint8Array([1, 2, 3, 4]);
  const bytes = bytesSerde.read(source, 1, 3);
  source.fill(9);
  t.deepEqual([...bytes], [2, 3]);
  t.deepEqual([...read(bytesSerde, written(bytesSerde, new Uint8Array([0, 255])))], [0, 255]);
});

test('a UUID is its 36 characters in lower case', t => {
  const id = '0F8FAD5B-D9CB-469F-A165-70867728950E';
  t.is(written(uuidSerde, id).toString(), id.toLowerCase());
  t.is(read(uuidSerde, Buffer.from(id)), id.toLowerCase());
  t.throws(() => written(uuidSerde, 'no-uuid'), { instanceOf: UsageError });
  t.throws(() => read(uuidSerde, Buffer.from('no-uuid')), { instanceOf: ProtocolError });
});

const flight = z.object({ origin: z.string().length(3), delayMin: z.number() });

test('a schema checks values when they are written and when they are read, and names the field', t => {
  const serde = standardSchema(flight);
  const value = { origin: 'MAD', delayMin: 3 };
  t.deepEqual(read(serde, written(serde, value)), value);
  t.throws(() => written(serde, { origin: 'Madrid', delayMin: 3 }), { instanceOf: UsageError, message: /origin: / });
  const bytes = Buffer.from('{"origin":"MAD","delayMin":"3"}');
  t.throws(() => read(serde, bytes), { instanceOf: ProtocolError, message: /delayMin: / });
});

test('a schema that transforms can leave out the check when writing', t => {
  const serde = standardSchema(z.object({ at: z.coerce.date() }), { checkOnWrite: false });
  const value = { at: new Date(86_400_000) };
  t.deepEqual(read(serde, written(serde, value)), value);
});
