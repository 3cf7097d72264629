// What a pipeline looks like, without what stands behind the names of connectors and steps: those are known by themselves.

import { z } from 'zod';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'must be letters, digits, ".", "_" and "-": topics and files are named after it',
  })
  .max(200);

const record = z.strictObject({
  key: z.unknown().optional(),
  value: z.unknown().optional(),
  topic: z.string().optional(),
  timestamp: z.number().int().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

const values = z.array(z.unknown());

export const testShape = z.strictObject({
  name: z.string().describe('What it shows, as a sentence.'),
  input: values.optional().describe('Values of the records that come from the source.'),
  inputRecords: z
    .array(record)
    .optional()
    .describe('The same as whole records, with key, timestamp, topic and headers.'),
  output: values.optional().describe('Values of the records that reach the sink, in order.'),
  outputRecords: z.array(record).optional().describe('The same as records; what is left out is not compared.'),
  branches: z
    .record(z.string(), values)
    .optional()
    .describe('Values that reach the sinks of branches, by their names.'),
  steps: z.record(z.string(), values).optional().describe('Values that leave single steps, by their names.'),
  errors: z
    .array(z.string())
    .optional()
    .describe('What bad records are told to have, in order; a part of the message is enough.'),
  lookups: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .optional()
    .describe('What lookup steps find, by their names: an object from keys to values. Nothing is connected to.'),
});

export const scheduleShape = z.strictObject({
  cron: z.string().describe('Five fields, or six with seconds first: `0 3 * * *`.'),
  timezone: z.string().optional().describe('Such as Europe/Berlin. Default: UTC.'),
  missed: z
    .enum(['skip', 'once', 'all'], { error: 'must be skip, once or all' })
    .default('once')
    .describe('What happens with fires that passed while nothing ran, or while a run went on.'),
});

export const pipelineShape = z.strictObject({
  $schema: z.string().optional(),
  name: name.describe('Names its topics, its state and its offsets.'),
  description: z.string().optional(),
  source: z.unknown().describe('Where records come from: one connector, and its options.'),
  steps: z.array(z.unknown()).default([]).describe('What happens to them, in order.'),
  sink: z
    .unknown()
    .optional()
    .describe('Where they go: one connector, and its options. Branches may have sinks of their own.'),
  errors: z
    .unknown()
    .optional()
    .describe('What happens with bad records: `stop` (default), `skip`, or a connector that takes them.'),
  schedule: z.union([z.string(), scheduleShape]).optional().describe('When it runs: cron, with time zone.'),
  tests: z.array(testShape).default([]).describe('What `millrace pipeline test` runs; nothing is connected to.'),
});

export type TestSpec = z.output<typeof testShape>;
export type ScheduleSpec = z.output<typeof scheduleShape>;
export type RecordSpec = z.output<typeof record>;
