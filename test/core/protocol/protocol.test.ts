// golden-messages.txt holds what Apache Kafka's own classes write for the samples of sample-message.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { ProtocolError } from '../../../core/base/errors.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { fetch } from '../../../core/protocol/01-fetch.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import { apiVersions } from '../../../core/protocol/18-api-versions.js';
import type { Api } from '../../../core/protocol/api.js';
import { apiByKey, apis } from '../../../core/protocol/api-table.js';
import { encodeRequest, encodeResponse, readRequestHeader, readResponseHeader } from '../../../core/protocol/header.js';
import { MessageReader } from '../../../core/protocol/message-reader.js';
import { MessageWriter } from '../../../core/protocol/message-writer.js';
import type { Schema } from '../../../core/protocol/schema.js';
import { arbitraryMessage } from './arbitrary-message.js';
import { type SampleKind, sampleMessage } from './sample-message.js';

interface Case {
  readonly title: string;
  readonly schema: Schema<unknown>;
  readonly version: number;
}

const cases: readonly Case[] = apis.flatMap((api: Api) => {
  const [min, max] = api.versions;
  const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return [api.request, api.response].flatMap(schema =>
    versions.map(version => ({ title: `${schema.title} v${version}`, schema, version })),
  );
});

/** Buffers and arrays of bytes count as the same. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

function text(message: unknown): string {
  return JSON.stringify(plain(message));
}

function outcomeOf(decode: () => unknown): 'decoded' | 'refused' {
  try {
    decode();
    return 'decoded';
  } catch (error) {
    if (error instanceof ProtocolError) return 'refused';
    throw error;
  }
}

const golden = new Map(
  readFileSync(join(import.meta.dirname, '../../../../test/core/protocol/golden-messages.txt'), 'utf8')
    .trim()
    .split('\n')
    .map(line => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
);

test('every version of every message is written and read as Kafka’s own classes do', t => {
  t.is(golden.size, cases.length * 2);
  for (const { title, schema, version } of cases) {
    for (const kind of ['full', 'bare'] satisfies SampleKind[]) {
      const message = sampleMessage(schema, version, kind);
      const expected = golden.get(`${title} ${kind}`);
      t.is(Buffer.from(schema.encode(message, version)).toString('hex'), expected!, `${title} ${kind}`);
      t.is(text(schema.decode(Buffer.from(expected!, 'hex'), version)), text(message), `${title} ${kind}`);
    }
  }
});

test('what is encoded is decoded to the same', t => {
  for (const { title, schema, version } of cases) {
    fc.assert(
      fc.property(arbitraryMessage(schema, version), message => {
        t.is(text(schema.decode(schema.encode(message, version), version)), text(message), title);
      }),
      { numRuns: 20 },
    );
  }
});

test('every message that is cut short is refused', t => {
  for (const { title, schema, version } of cases) {
    const whole = schema.encode(sampleMessage(schema, version, 'full'), version);
    for (let length = 0; length < whole.length; length++) {
      t.is(
        outcomeOf(() => schema.decode(whole.subarray(0, length), version)),
        'refused',
        `${title} at ${length}`,
      );
    }
    t.is(
      outcomeOf(() => schema.decode(Buffer.concat([whole, Buffer.of(0)]), version)),
      'refused',
      title,
    );
  }
});

test('damaged messages and garbage are decoded or refused, and nothing else', t => {
  const seen = { decoded: 0, refused: 0 };
  for (const { schema, version } of cases) {
    const whole = schema.encode(sampleMessage(schema, version, 'full'), version);
    const damage = fc.array(fc.tuple(fc.nat(Math.max(0, whole.length - 1)), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.uint8Array({ maxLength: 60 }), (flips, garbage) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of flips) if (at < damaged.length) damaged[at] = byte;
        for (const bytes of [damaged, garbage]) seen[outcomeOf(() => schema.decode(bytes, version))]++;
      }),
      { numRuns: 20 },
    );
  }
  t.true(seen.decoded > 100 && seen.refused > 100, JSON.stringify(seen));
});

test('an announced length beyond the frame is refused before anything is allocated', t => {
  const huge = Buffer.from('7fffffff', 'hex');
  t.throws(() => metadata.request.decode(huge, 1), { name: 'ProtocolError', message: /array of 2147483647 elements/ });
  const compact = Buffer.from('ffffffff0f', 'hex');
  t.throws(() => metadata.request.decode(compact, 9), { message: /array of 4294967294 elements/ });
  t.throws(() => produce.request.decode(Buffer.from('ffff00010000000100000001ffff', 'hex'), 3), {
    name: 'ProtocolError',
  });
});

test('records are views of the frame, other bytes are copies', t => {
  const frame = produce.request.encode(sampleMessage(produce.request, 9, 'full'), 9);
  const decoded = produce.request.decode(frame, 9);
  t.is(decoded.topicData[0]!.partitionData[0]!.records[0]!.buffer, frame.buffer);
});

test('several batches are sent as one run of bytes, and none as zero bytes', t => {
  const partition = { index: 0, records: [Uint8Array.of(1, 2), Uint8Array.of(3)] };
  const request = produce.request({ topicData: [{ name: 't', partitionData: [partition, { index: 1 }] }] });
  const { partitionData } = produce.request.decode(produce.request.encode(request, 9), 9).topicData[0]!;
  t.deepEqual(plain(partitionData.map(each => each.records)), [['010203'], []]);
  const hex = Buffer.from(produce.request.encode(request, 3)).toString('hex');
  t.true(hex.endsWith('0000000100000000'), 'partition 1, then no bytes');
});

test('tagged fields that are not known are skipped', t => {
  const known = Buffer.from(apiVersions.request.encode(apiVersions.request({ clientSoftwareName: 'x' }), 3));
  t.is(known.at(-1), 0);
  const tagged = Buffer.concat([known.subarray(0, -1), Buffer.from('02' + '0503aabbcc' + '6300', 'hex')]);
  t.is(apiVersions.request.decode(tagged, 3).clientSoftwareName, 'x');
  const lying = Buffer.concat([known.subarray(0, -1), Buffer.from('01' + '0504aabbcc', 'hex')]);
  t.throws(() => apiVersions.request.decode(lying, 3), { name: 'ProtocolError' });
});

test('a field that a version does not have is dropped if it may be, and refused otherwise', t => {
  const request = fetch.request({
    rackId: 'r',
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 5 }] }],
  });
  t.is(fetch.request.decode(fetch.request.encode(request, 4), 4).rackId, '');
  t.throws(() => produce.request.encode(produce.request({ transactionalId: 'x' }), 2), {
    name: 'ProtocolError',
    message:
      'UNSUPPORTED_VERSION: Produce request v2 has no transactionalId, and leaving it out would change the meaning',
  });
  t.throws(() => metadata.request.encode(metadata.request({ topics: null }), 0), { name: 'ProtocolError' });
});

test('numbers that their type cannot hold are refused', t => {
  const writer = new MessageWriter();
  for (const write of [
    () => writer.int8(128),
    () => writer.int16(-32769),
    () => writer.uint16(-1),
    () => writer.int32(2 ** 31),
    () => writer.int32(1.5),
    () => writer.int64(2 ** 53),
    () => writer.unsignedVarint(2 ** 32),
    () => writer.string('x'.repeat(32768), false),
    () => writer.uuid('too short'),
  ]) {
    t.throws(write, { name: 'ProtocolError' });
  }
  const beyond = new MessageReader(Buffer.from('0020000000000000', 'hex'), 'test');
  t.throws(() => beyond.int64(), { message: /beyond 2\^53/ });
  const lowest = new MessageWriter();
  lowest.int64(Number.MIN_SAFE_INTEGER);
  t.is(new MessageReader(lowest.finish(), 'test').int64(), Number.MIN_SAFE_INTEGER);
});

test('headers are flexible where their message is, but for the response of ApiVersions', t => {
  const flexibleFromOf = (key: number) => apiByKey.get(key)?.flexibleFrom ?? 0;
  for (const [apiVersion, header] of [
    [8, '0003000800000007' + '000163'],
    [9, '0003000900000007' + '000163' + '00'],
  ] as const) {
    const frame = encodeRequest(metadata, { apiVersion, correlationId: 7, clientId: 'c' }, metadata.request());
    t.is(
      Buffer.from(frame)
        .subarray(0, header.length / 2)
        .toString('hex'),
      header,
    );
    const reader = new MessageReader(frame, 'test');
    t.deepEqual(readRequestHeader(reader, flexibleFromOf), { apiKey: 3, apiVersion, correlationId: 7, clientId: 'c' });
    t.deepEqual(metadata.request.read(apiVersion, reader), metadata.request());
  }
  for (const [api, apiVersion, headerBytes] of [
    [metadata, 8, 4],
    [metadata, 9, 5],
    [apiVersions, 3, 4],
  ] as const) {
    const frame = encodeResponse(api as Api, { apiVersion, correlationId: 9 }, api.response());
    t.is(frame.length - api.response.encode(api.response() as never, apiVersion).length, headerBytes);
    const reader = new MessageReader(frame, 'test');
    t.is(readResponseHeader(reader, api as Api, apiVersion), 9);
    t.is(reader.position, headerBytes);
  }
});
