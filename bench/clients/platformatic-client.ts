import { Consumer, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka';
import { type ClientJob, type ClientWork, payloadBytes, requireBytes, sendInRequests } from './client-work.js';

const clientOf = ({ bootstrap }: ClientJob) => ({ clientId: 'bench', bootstrapBrokers: [bootstrap] });

export const platformaticClient: ClientWork = {
  async produce(job) {
    const producer = new Producer(clientOf(job));
    const value = payloadBytes(job);
    await sendInRequests(job, (count, partition) =>
      producer.send({
        acks: ProduceAcks.ALL,
        messages: Array.from({ length: count }, () => ({ topic: job.topic, value, partition })),
      }),
    );
    await producer.close();
  },

  async consume(job, onFirst) {
    const consumer = new Consumer({ ...clientOf(job), groupId: job.runId });
    const stream = await consumer.consume({
      topics: [job.topic],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
      maxBytesPerPartition: 1024 * 1024,
      maxWaitTime: 500,
      // Its stream holds so many messages; with less it waits for fetches.
      highWaterMark: 100_000,
    });
    let seen = 0;
    let valueBytes = 0;
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', message => {
        valueBytes += message.value.length;
        if (seen === 0) onFirst(1);
        seen++;
        if (seen === job.recordCount) resolve();
      });
    });
    requireBytes(job, seen, valueBytes);
    await new Promise<void>((resolve, reject) => {
      consumer.close(true, error => (error === null || error === undefined ? resolve() : reject(error)));
    });
  },
};
