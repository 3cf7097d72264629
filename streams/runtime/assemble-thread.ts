// Puts a thread together out of its parts: what they share, and what the options say.

import { type Admin, type Consumer, durationMs, type Log, sizeBytes } from '../../core/index.js';
import type { AppOptions } from './app-options.js';
import type { AppWarnings } from './app-warnings.js';
import { ChangelogRetention } from './changelog-retention.js';
import type { Delivery } from './delivery.js';
import { FailureHandling } from './failure-handling.js';
import type { MetricsCollector } from './metrics-collector.js';
import { RemoteEnds } from './remote-ends.js';
import { RepartitionPurge } from './repartition-purge.js';
import { StartingOver } from './starting-over.js';
import type { StateHome } from './state-home.js';
import { StreamThread } from './stream-thread.js';
import type { TaskAssignor } from './task-assignor.js';
import { TaskCommit, type TaskCommitOptions } from './task-commit.js';
import { TaskFactory } from './task-factory.js';
import { TaskIntake } from './task-intake.js';
import { LeastTimeFirst, RoundRobin } from './task-scheduler.js';
import { ThreadTasks } from './thread-tasks.js';
import type { TopicLayout } from './topic-layout.js';
import { TopicOutput } from './topic-output.js';

export interface ThreadParts {
  readonly log: Log;
  readonly options: AppOptions;
  readonly layout: TopicLayout;
  readonly home: StateHome;
  readonly metrics: MetricsCollector;
  readonly warnings: AppWarnings;
  readonly admin: Admin;
  readonly consumer: Consumer;
  /** Reads uncommitted: sees the ends of topics in which a transaction is open. */
  readonly lookup: Consumer;
  readonly assignor: TaskAssignor;
  readonly delivery: Delivery;
  readonly onRestoring: (restoredRecords: number, totalRecords: number) => void;
  readonly onAssigned: (isAssigned: boolean) => void;
  /** Tests plant bugs here. */
  readonly createCommit?: ((options: TaskCommitOptions) => TaskCommit) | undefined;
}

/** The delivery is opened, and the writers of all sinks. */
export async function assembleThread(parts: ThreadParts): Promise<StreamThread> {
  const { log, options, layout, home, metrics, consumer, lookup, delivery } = parts;
  const { ports } = log;
  const { database } = home;
  const failures = new FailureHandling({
    metrics,
    onFailure: options.onFailure,
    deadLetterTopic: options.deadLetterTopic,
  });
  const output = new TopicOutput(delivery, metrics);
  const openWriters = async () => {
    await failures.open(delivery.producer);
    await output.open(sinksOf(layout));
  };
  await delivery.open();
  await openWriters();
  const factory = new TaskFactory({
    log,
    layout,
    database,
    lookup,
    isolationLevel: delivery.isVisibleWhenFlushed ? 'read_uncommitted' : 'read_committed',
    surroundings: {
      plan: layout.plan,
      clock: ports.clock,
      output,
      failures,
      metrics,
      isStrict: options.isStrict ?? false,
    },
    startFrom: options.startFrom ?? 'earliest',
    cacheEntriesMax: options.cacheEntriesMax,
    onRestoring: parts.onRestoring,
  });
  const retention = new ChangelogRetention(parts.admin, ports.clock);
  const createCommit = parts.createCommit ?? (of => new TaskCommit(of));
  const tasks = new ThreadTasks(factory, consumer);
  const isInProcess = log.isInProcess === true;
  const { warnings } = parts;
  return new StreamThread({
    ports,
    layout,
    consumer,
    lookup,
    delivery,
    assignor: parts.assignor,
    tasks,
    output,
    failures,
    commit: createCommit({ ports, delivery, lookup, output, database, metrics, retention }),
    purge: new RepartitionPurge(parts.admin, ports.clock, warnings),
    startingOver: new StartingOver({ isInProcess, delivery, openWriters, tasks, output, failures, warnings }),
    scheduler: options.scheduling === 'round-robin' ? new RoundRobin() : new LeastTimeFirst(),
    intake: new TaskIntake(consumer, sizeBytes(options.bufferMax ?? '4MiB')),
    remoteEnds: new RemoteEnds(layout, consumer, ports.clock),
    commitIntervalMs: durationMs(options.commitInterval ?? (delivery.isVisibleWhenFlushed ? '1s' : '100ms')),
    dirtyEntriesMax: options.dirtyEntriesMax ?? 200_000,
    onAssigned: parts.onAssigned,
  });
}

function sinksOf(layout: TopicLayout) {
  const sinks = layout.plan.nodes.filter(node => node.kind === 'sink');
  return sinks.map(sink => ({ sink, topic: layout.realName(sink.topic) }));
}
