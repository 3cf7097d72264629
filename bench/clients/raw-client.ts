// The raw loop of the clients: one socket, requests written by hand, as many under way as the others have. Records are put into batches by hand with
// one CRC each; of what comes, each CRC is checked and the framing is walked, nothing is decoded. There is no metadata, no retry, no idempotence
// and no error but the broker's. Its wall time says what the broker and the machine give one connection.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { closeBatch, headerBytes, putRecord, walkBatch } from '../raw-log.js';
import { batchBytes, type ClientJob, type ClientWork, payloadBytes, requestsInFlight } from './client-work.js';

const produceVersion = 7;
const fetchVersion = 4;
const fetchBytes = 4 * 1024 * 1024;

/** One broker, answers in the order of the requests. An answer holds until the next one comes. */
class RawConnection {
  readonly #waiting: ((answer: Buffer) => void)[] = [];
  readonly #length = Buffer.alloc(4);
  #socket!: Socket;
  #answer = Buffer.alloc(1024);
  /** Of the answer that is being read; 0 while its length is. */
  #sizeBytes = 0;
  #filledBytes = 0;

  static async open(bootstrap: string): Promise<RawConnection> {
    const [host, port] = bootstrap.split(':') as [string, string];
    const connection = new RawConnection();
    const onread = { buffer: () => connection.#space(), callback: (bytes: number) => connection.#receive(bytes) };
    connection.#socket = connect({ host, port: Number(port), noDelay: true, onread });
    await once(connection.#socket, 'connect');
    return connection;
  }

  ask(head: Buffer, body?: Buffer): Promise<Buffer> {
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      this.#socket.cork();
      this.#socket.write(head);
      if (body !== undefined) this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #space(): Buffer {
    return this.#sizeBytes === 0
      ? this.#length.subarray(this.#filledBytes)
      : this.#answer.subarray(this.#filledBytes, this.#sizeBytes);
  }

  #receive(bytes: number): boolean {
    this.#filledBytes += bytes;
    if (this.#sizeBytes === 0 && this.#filledBytes === 4) {
      this.#sizeBytes = this.#length.readInt32BE(0);
      this.#filledBytes = 0;
      if (this.#sizeBytes > this.#answer.length) this.#answer = Buffer.allocUnsafeSlow(this.#sizeBytes * 2);
    } else if (this.#filledBytes === this.#sizeBytes) {
      this.#filledBytes = this.#sizeBytes = 0;
      this.#waiting.shift()!(this.#answer);
    }
    return true;
  }
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(`\0\0${value}`);
  bytes.writeInt16BE(bytes.length - 2, 0);
  return bytes;
};
const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value, 0);
  return bytes;
};
const int32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeInt32BE(value, at * 4);
  return bytes;
};

/** The frame's length counts a body that is written behind it. */
function request(apiKey: number, version: number, parts: readonly Buffer[], bodyBytes = 0): Buffer {
  const head = Buffer.concat([int32(0), int16(apiKey), int16(version), int32(0), text('raw'), ...parts]);
  head.writeInt32BE(head.length - 4 + bodyBytes, 0);
  return head;
}

async function produce(job: ClientJob): Promise<void> {
  const connection = await RawConnection.open(job.bootstrap);
  const value = payloadBytes(job);
  let left = job.recordCount;
  let turn = 0;
  const lane = async (): Promise<void> => {
    const batch = Buffer.allocUnsafeSlow(batchBytes + value.length + 64);
    while (left > 0) {
      let end = headerBytes;
      let count = 0;
      while (left > 0 && end < batchBytes) {
        end = putRecord(batch, end, count++, value);
        left--;
      }
      closeBatch(batch, end, count);
      const parts = [
        int16(-1),
        int16(-1),
        int32(30_000, 1),
        text(job.topic),
        int32(1, turn++ % job.partitionCount, end),
      ];
      const answer = await connection.ask(request(0, produceVersion, parts, end), batch.subarray(0, end));
      requireNoError(answer.readInt16BE(4 + 4 + 2 + job.topic.length + 4 + 4));
    }
  };
  await Promise.all(Array.from({ length: requestsInFlight }, lane));
  connection.close();
}

async function consume(job: ClientJob, onFirst: (recordCount: number) => void): Promise<void> {
  const connection = await RawConnection.open(job.bootstrap);
  const offsets = Array.from({ length: job.partitionCount }, () => 0); // where each begins; none has gaps
  let seen = 0;
  while (seen < job.recordCount) {
    const partitions = offsets.map((offset, partition) => int32(partition, 0, offset, fetchBytes));
    const place = [int32(1), text(job.topic), int32(partitions.length), ...partitions];
    const parts = [int32(-1, 500, 1, fetchBytes), Buffer.of(0), ...place];
    const count = walkPartitions(await connection.ask(request(1, fetchVersion, parts)), job, offsets);
    if (seen === 0 && count > 0) onFirst(count);
    seen += count;
  }
  connection.close();
}

/** Moves the offsets on. */
function walkPartitions(answer: Buffer, job: ClientJob, offsets: number[]): number {
  let at = 4 + 4 + 4 + 2 + job.topic.length + 4;
  let count = 0;
  for (let left = job.partitionCount; left > 0; left--) {
    requireNoError(answer.readInt16BE(at + 4));
    const abortedAt = at + 4 + 2 + 8 + 8;
    const batchesAt = abortedAt + 4 + Math.max(0, answer.readInt32BE(abortedAt)) * 16 + 4;
    const end = batchesAt + answer.readInt32BE(batchesAt - 4);
    const seen = walkBatches(answer, batchesAt, end);
    offsets[answer.readInt32BE(at)]! += seen;
    count += seen;
    at = end;
  }
  return count;
}

/** The last batch of an answer may be cut. */
function walkBatches(answer: Buffer, from: number, end: number): number {
  let count = 0;
  for (let at = from; end - at >= headerBytes; ) {
    const size = answer.readInt32BE(at + 8) + 12;
    if (at + size > end) break;
    count += walkBatch(answer, at, size);
    at += size;
  }
  return count;
}

function requireNoError(errorCode: number): void {
  if (errorCode !== 0) throw new Error(`raw loop: the broker answers with error ${errorCode}`);
}

export const rawClient: ClientWork = { produce, consume };
