// The shapes of requests and answers, with the names they have in the OpenAPI description. They are Kafka Connect's.

import { z } from 'zod';

const state = z.enum(['UNASSIGNED', 'RUNNING', 'PAUSED', 'FAILED', 'RESTARTING', 'STOPPED']);
const connectorType = z.enum(['source', 'sink', 'unknown']);

const ConfigText = z.record(z.string(), z.string().nullable());

const TaskId = z.strictObject({ connector: z.string(), task: z.int() });

const ConnectorInfo = z.strictObject({
  name: z.string(),
  config: ConfigText,
  tasks: z.array(TaskId),
  type: connectorType,
});

const stateFacts = {
  state,
  worker_id: z.string(),
  version: z.string().nullable().optional(),
  trace: z.string().optional().describe('Why it failed, or is being restarted.'),
};

const StateInfo = z.strictObject(stateFacts);

const TaskStateInfo = z.strictObject({
  id: z.int(),
  ...stateFacts,
  restarts: z.int().optional().describe('Restarts since it last made progress.'),
  stalled: z
    .strictObject({ since: z.number().describe('Milliseconds since 1970.'), reason: z.string() })
    .optional()
    .describe('It is running, has work, and makes no progress.'),
});

const ConnectorStateInfo = z.strictObject({
  name: z.string(),
  connector: StateInfo,
  tasks: z.array(TaskStateInfo),
  type: connectorType,
});

const ConnectorOffset = z.strictObject({
  partition: z.record(z.string(), z.unknown()).nullable(),
  offset: z.record(z.string(), z.unknown()).nullable(),
});

const ConfigKeyInfo = z.strictObject({
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  default_value: z.string().nullable(),
  importance: z.string(),
  documentation: z.string(),
  group: z.string().nullable(),
  order_in_group: z.int(),
  width: z.string(),
  display_name: z.string(),
  dependents: z.array(z.string()),
});

const ConfigInfo = z.strictObject({
  definition: ConfigKeyInfo.nullable(),
  value: z.strictObject({
    name: z.string(),
    value: z.string().nullable(),
    recommended_values: z.array(z.string()),
    errors: z.array(z.string()),
    visible: z.boolean(),
  }),
});

const LoggerLevel = z.strictObject({ level: z.string(), last_modified: z.number().nullable() });

/** Texts, and what JSON writes without quotes, which is taken as the text that it is. */
const GivenConfig = z.record(
  z.string(),
  z.union([z.string(), z.boolean(), z.number()], { error: 'must be a text' }).nullable(),
  {
    error: 'must be an object of texts',
  },
);

const PartitionLag = z.strictObject({
  kafka_topic: z.string(),
  kafka_partition: z.int(),
  task: z.int().nullable().describe('Null: none runs that has it; the position is what the group has committed'),
  position: z.int(),
  end: z.int(),
  lag: z.int(),
});

export const schemas = {
  Error: z.strictObject({ error_code: z.int(), message: z.string() }),
  ServerInfo: z.strictObject({ version: z.string(), commit: z.string(), kafka_cluster_id: z.string() }),
  Health: z.strictObject({ status: z.enum(['healthy', 'starting', 'unhealthy']), message: z.string() }),
  ConfigText,
  TaskId,
  ConnectorInfo,
  StateInfo,
  TaskStateInfo,
  ConnectorStateInfo,
  Connectors: z.union([
    z.array(z.string()),
    z.record(z.string(), z.strictObject({ status: ConnectorStateInfo.optional(), info: ConnectorInfo.optional() })),
  ]),
  ConnectorMetrics: z.strictObject({
    'sink-record-lag-max': z.int().nullable().optional().describe('Of a sink: records that it is behind, at most'),
    tasks: z.array(z.strictObject({ id: z.int(), 'sink-record-lag-max': z.int().nullable() })).optional(),
    partitions: z.array(PartitionLag).optional(),
    records: z.int(),
    bytes: z.int(),
    dead_letters: z.int(),
    connector: z.record(z.string(), z.number()).describe('What the connector itself counts, by its names'),
  }),
  Tasks: z.array(z.strictObject({ id: TaskId, config: ConfigText })),
  TasksConfig: z.record(z.string(), ConfigText),
  ActiveTopics: z.record(z.string(), z.strictObject({ topics: z.array(z.string()) })),
  ConnectorOffsets: z.strictObject({ offsets: z.array(ConnectorOffset) }),
  Message: z.strictObject({ message: z.string() }),
  Plugins: z.array(z.strictObject({ class: z.string(), type: z.string(), version: z.string().optional() })),
  ConfigKeyInfo,
  PluginConfig: z.array(ConfigKeyInfo),
  ConfigInfos: z.strictObject({
    name: z.string(),
    error_count: z.int(),
    groups: z.array(z.string()),
    configs: z.array(ConfigInfo),
  }),
  LoggerLevel,
  Loggers: z.record(z.string(), LoggerLevel),
  ChangedLoggers: z.array(z.string()),
  OpenApi: z.looseObject({ openapi: z.string() }),
  GivenConfig,
  NewConnector: z.strictObject({
    name: z.string().nullish(),
    config: GivenConfig.nullish(),
    initial_state: z.string().nullish().describe('RUNNING, PAUSED or STOPPED'),
  }),
  GivenOffsets: z.strictObject({
    offsets: z
      .array(
        z.strictObject({
          partition: z.record(z.string(), z.unknown()).nullish(),
          offset: z.record(z.string(), z.unknown()).nullish(),
        }),
      )
      .nullish(),
  }),
  GivenLevel: z.looseObject({ level: z.string().nullish() }),
} as const;

export type SchemaName = keyof typeof schemas;
