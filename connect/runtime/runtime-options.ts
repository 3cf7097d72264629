// The options that the runtime itself takes, with Kafka Connect's names and meanings. Where a default differs from Kafka Connect's, its description says so.

import { z } from 'zod';
import { option } from '../api/option.js';

const converter = (what: string) =>
  option
    .text()
    .optional()
    .describe(
      `\`string\`, \`json\`, \`bytes\`, \`short\`, \`integer\`, \`long\`, \`float\`, \`double\`, \`boolean\`, \`simple\`, or a Java class name of Kafka Connect. Default: what fits${what === '' ? ' the connector' : what}.`,
    );
const envelope = (what: string) =>
  option
    .boolean()
    .optional()
    .describe(
      `${what} in the envelope with schema. Default: false for \`json\`, true for Kafka Connect's class name. Other settings of converters: docs/transforms.md.`,
    );

const shared = {
  name: option.text().optional().describe('Name of the connector, where the configuration stands alone.'),
  'connector.class': option.text().optional().describe('Which connector, where the configuration stands alone.'),
  'tasks.max': option.integer(1, 1000).default(1).describe('How many tasks at most.'),
  'key.converter': converter(''),
  'key.converter.schemas.enable': envelope('JSON keys'),
  'value.converter': converter(''),
  'value.converter.schemas.enable': envelope('JSON values'),
  'header.converter': converter(' for headers, which transforms see through it (`simple`)'),
  'config.action.reload': option
    .choice(['restart', 'none'])
    .default('restart')
    .describe(
      '`restart`: where a config provider has another value for a placeholder, the connector is restarted with it; `config.providers.<name>.param.ttl.ms` of the worker says how often to look.',
    ),
  'errors.tolerance': option
    .choice(['none', 'all'])
    .optional()
    .describe(
      '`none`: a bad record fails the task. `all`: it goes to the dead letters, if there are any, and the run goes on. Default: `all` where a dead-letter topic is named. (Kafka Connect: none)',
    ),
  'errors.deadletterqueue.topic.name': option
    .text()
    .min(1)
    .optional()
    .describe('Topic of the dead letters; made with one partition when it is missing.'),
  'errors.deadletterqueue.topic.replication.factor': option
    .integer(-1)
    .default(-1)
    .describe('For making that topic; -1: as the broker does. (Kafka Connect: 3)'),
  'errors.deadletterqueue.context.headers.enable': option
    .boolean()
    .default(true)
    .describe('Dead letters tell in `__connect.errors.*` headers what went wrong and where. (Kafka Connect: false)'),
  'errors.retry.delay.max.ms': option
    .durationMs()
    .default(60_000)
    .describe('The longest pause between two tries of a call that failed for now.'),
  'errors.log.enable': option
    .boolean()
    .default(true)
    .describe('Bad records that are tolerated are logged. (Kafka Connect: false)'),
  'errors.log.include.messages': option
    .boolean()
    .default(false)
    .describe('Their log lines hold the record as well: key, value, timestamp and headers.'),
  'errors.retry.timeout': option
    .integer(-1)
    .default(0)
    .describe(
      'For how many milliseconds a transform that fails for now (RetriableError) is tried again; -1: without end. `poll` and `put` always are, without end.',
    ),
  'offset.flush.interval.ms': option
    .durationMs()
    .default(1_000)
    .describe('How often offsets are committed. (Kafka Connect: 60000)'),
  'restart.backoff.ms': option
    .durationMs()
    .default(1_000)
    .describe('Pause before a failed task is restarted; doubles each time.'),
  'restart.backoff.max.ms': option.durationMs().default(60_000).describe('The longest such pause.'),
  'restart.attempts.max': option
    .integer(0)
    .default(10)
    .describe('Restarts without progress after which the task stays FAILED; faults known to pass are not counted.'),
};

export const sourceRuntimeOptions = z.object({
  ...shared,
  topic: option.text().min(1).optional().describe('Where records go that name no topic themselves.'),
  'topic.creation.groups': option
    .list()
    .default([])
    .describe(
      'Groups of topics that are made where they are missing, first match first: `topic.creation.<group>.include` (patterns, required), `.exclude`, `.partitions`, `.replication.factor`, and any config of a topic such as `.cleanup.policy`.',
    ),
  'topic.creation.default.partitions': option
    .integer(-1)
    .default(-1)
    .describe(
      'For topics of no group; -1: as the broker does. Other configs: `topic.creation.default.retention.ms`, ... (Kafka Connect: required for making topics.)',
    ),
  'topic.creation.default.replication.factor': option
    .integer(-1)
    .default(-1)
    .describe('For topics of no group; -1: as the broker does. (Kafka Connect: required for making topics.)'),
  'offsets.storage.topic': option
    .text()
    .min(1)
    .default('connect-offsets')
    .describe("Compacted topic of source offsets, with Kafka Connect's keys and values."),
  'exactly.once.source.support': option
    .choice(['disabled', 'preparing', 'enabled'])
    .default('disabled')
    .describe(
      '`enabled`: records and offsets are written in one transaction. `preparing` is for workers of a cluster, and the same as `disabled` here.',
    ),
  'exactly.once.support': option
    .choice(['requested', 'required'])
    .default('requested')
    .describe(
      '`required`: refuses to start where exactly once cannot be kept: not enabled, or not possible for the connector.',
    ),
  'transaction.boundary': option
    .choice(['poll', 'interval', 'connector'])
    .default('poll')
    .describe('Where a transaction ends: with each poll, after an interval, or where the connector says.'),
  'transaction.boundary.interval.ms': option
    .durationMs()
    .optional()
    .describe('Of the boundary `interval`. Default: `offset.flush.interval.ms`.'),
  schedule: option
    .text()
    .optional()
    .describe(
      'Cron, with five fields or six, instead of `poll.interval.ms`: a polling source polls at its fires. (Kafka Connect has none.)',
    ),
  'schedule.timezone': option.text().default('UTC').describe('Of the schedule, such as Europe/Berlin.'),
  'schedule.missed': option
    .choice(['once', 'skip'])
    .default('once')
    .describe(
      'Fires that passed while the connector did not run, or while a round went on: polled for once, or given up.',
    ),
  'group.id': option
    .text()
    .min(1)
    .default('connect-cluster')
    .describe(
      'Begins the transactional id of each task, `<group.id>-<connector>-<task>`: a second task of that id fences the first.',
    ),
});

export const sinkRuntimeOptions = z.object({
  ...shared,
  topics: option.list().default([]).describe('The topics to read.'),
  'topics.regex': option
    .text()
    .optional()
    .describe('In place of `topics`: reads every topic whose whole name it matches, new ones too.'),
});

export type SourceRuntimeOptions = z.output<typeof sourceRuntimeOptions>;
export type SinkRuntimeOptions = z.output<typeof sinkRuntimeOptions>;
export type RuntimeOptions = SourceRuntimeOptions | SinkRuntimeOptions;
