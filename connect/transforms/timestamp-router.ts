import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';
import { DateFormat } from '../api/values/date-format.js';

const spec = z.object({
  'topic.format': option
    .text()
    .default('${topic}-${timestamp}')
    .describe(
      'The new name of the topic; `${topic}` and `${timestamp}` stand for the old one and the time of the record.',
    ),
  'timestamp.format': option
    .text()
    .default('yyyyMMdd')
    .describe("How the time is written: a pattern of Java's SimpleDateFormat, in UTC."),
});

/** Kafka Connect's TimestampRouter. */
export const timestampRouter = defineTransform({
  name: 'TimestampRouter',
  description: 'Another topic, named by the time of the record.',
  config: spec,
  start(config) {
    const format = formatOf(config['timestamp.format']);
    return record => {
      const { timestamp, topic } = record;
      if (timestamp === undefined) throw new DataError('Timestamp missing on record: TimestampRouter routes by it');
      if (topic === undefined) throw new DataError('TimestampRouter needs a topic, and the record names none');
      const time = format.format(timestamp);
      // As Kafka Connect's, `${timestamp}` in the old name is one too.
      const named = config['topic.format'].replaceAll('${topic}', () => topic);
      return { ...record, topic: named.replaceAll('${timestamp}', () => time) };
    };
  },
});

function formatOf(pattern: string): DateFormat {
  try {
    return new DateFormat(pattern);
  } catch (cause) {
    throw new ConfigError(
      `timestamp.format: "${pattern}" is no pattern of SimpleDateFormat: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
