import { type JavaRun, type RunJavaOptions, runJava } from './run-java.js';

const inTools = (name: string): string => `org.apache.kafka.tools.${name}`;

/** Apache's command line tools by the names of their scripts. */
const classes = {
  'kafka-acls': inTools('AclCommand'),
  'kafka-broker-api-versions': inTools('BrokerApiVersionsCommand'),
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': inTools('consumer.ConsoleConsumer'),
  'kafka-console-producer': inTools('ConsoleProducer'),
  'kafka-consumer-groups': inTools('consumer.group.ConsumerGroupCommand'),
  'kafka-dump-log': inTools('DumpLogSegments'),
  'kafka-get-offsets': inTools('GetOffsetShell'),
  'kafka-producer-perf-test': inTools('ProducerPerformance'),
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-topics': inTools('TopicCommand'),
  'kafka-transactions': inTools('TransactionsCommand'),
} as const;

export type KafkaTool = keyof typeof classes;

/** Runs one of Apache's command line tools. */
export function runKafkaTool(name: KafkaTool, args: readonly string[], options?: RunJavaOptions): Promise<JavaRun> {
  const known: string | undefined = classes[name];
  if (known === undefined) throw new Error(`no tool "${name}"; there are ${Object.keys(classes).join(', ')}`);
  return runJava(known, args, options);
}
