import test from 'ava';
import { produce } from '../../../core/protocol/00-produce.js';
import { GatheringWriter } from '../../../core/protocol/gathering-writer.js';
import { writeRequest } from '../../../core/protocol/header.js';
import { MessageWriter } from '../../../core/protocol/message-writer.js';

const header = { apiVersion: 9, correlationId: 7, clientId: 'me' };

test('a message in pieces has the bytes of the message in one, and its large batches are not copied', t => {
  const batches = [70_000, 5, 16 * 1024, 0, 300_000].map((length, index) => Buffer.alloc(length, index + 1));
  const request = produce.request({
    acks: -1,
    timeoutMs: 1,
    topicData: [
      { name: 'a', partitionData: batches.slice(0, 2).map((batch, index) => ({ index, records: [batch] })) },
      { name: 'b', partitionData: [{ index: 0, records: batches.slice(2) }] },
    ],
  });
  const whole = new MessageWriter();
  writeRequest(whole, produce, header, request);
  const gathering = new GatheringWriter();
  writeRequest(gathering, produce, header, request);
  const pieces = gathering.pieces();
  t.deepEqual(Buffer.concat(pieces), Buffer.from(whole.finish()));
  t.is(
    gathering.sizeBytes,
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  const large = batches.filter(({ length }) => length >= 16 * 1024);
  t.deepEqual(gathering.batches, large);
  t.true(large.every(batch => pieces.includes(batch)));
});
