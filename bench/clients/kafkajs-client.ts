import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { type ClientJob, type ClientWork, payloadBytes, requireBytes, sendInRequests } from './client-work.js';

function clientOf({ bootstrap }: ClientJob): Kafka {
  return new Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: logLevel.NOTHING });
}

export const kafkajsClient: ClientWork = {
  async produce(job) {
    const producer = clientOf(job).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const value = payloadBytes(job);
    await sendInRequests(job, (count, partition) =>
      producer.send({
        topic: job.topic,
        acks: -1,
        messages: Array.from({ length: count }, () => ({ value, partition })),
      }),
    );
    await producer.disconnect();
  },

  async consume(job, onFirst) {
    const consumer = clientOf(job).consumer({ groupId: job.runId });
    await consumer.connect();
    await consumer.subscribe({ topic: job.topic, fromBeginning: true });
    let seen = 0;
    let valueBytes = 0;
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async ({ batch }: { batch: { messages: { value: Buffer | null }[] } }): Promise<void> => {
        for (const { value } of batch.messages) valueBytes += value!.length;
        if (seen === 0) onFirst(batch.messages.length);
        seen += batch.messages.length;
        if (seen >= job.recordCount) resolve();
      };
      consumer.run({ eachBatch }).catch(reject);
    });
    requireBytes(job, seen, valueBytes);
    await consumer.disconnect();
  },
};
