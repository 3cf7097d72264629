import fc from 'fast-check';
import type { ClusterCommand } from '../../../core/metadata/cluster-command.js';
import { ClusterMachine } from '../../../core/metadata/cluster-machine.js';
import type { ClusterRecord } from '../../../core/metadata/cluster-record.js';
import {
  decodeClusterMetadataRecord,
  encodeClusterMetadataRecord,
} from '../../../core/protocol/records/cluster-metadata-record.js';
import type { Pilot, PureMachine, Question, Subject } from '../pure-machine-subject.js';

const names = ['a', 'b.c', 'b_c', 'd', 'no name'] as const;

const operation = fc.record({
  kind: fc.constantFrom(
    'create-topics',
    'create-topics',
    'create-topics',
    'delete-topics',
    'create-partitions',
    'alter-configs',
    'alter-configs',
    'register-broker',
    'allocate-producer-ids',
    'set-feature-level',
  ),
  name: fc.constantFrom(...names),
  config: fc.constantFrom('retention.ms', 'cleanup.policy', 'no.such.config'),
  value: fc.constantFrom('1', '-1', 'compact', null),
  operation: fc.nat({ max: 3 }),
  count: fc.integer({ min: -2, max: 6 }),
  brokerId: fc.integer({ min: 1, max: 2 }),
  flag: fc.boolean(),
});

type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

class ClusterPilot implements Pilot<ClusterCommand, ClusterRecord, Operation> {
  readonly nowMs = 0;
  private step = 0;

  command({ kind, name, config, value, operation: configOperation, count, brokerId, flag }: Operation): ClusterCommand {
    this.step++;
    const topicId = Buffer.alloc(16, this.step).toString('base64url');
    switch (kind) {
      case 'create-topics': {
        const configs = flag ? [] : [{ name: config, value }];
        const topic = { name, topicId, numPartitions: count, replicationFactor: -1, assignments: [], configs };
        return { kind, topics: [topic], validateOnly: false };
      }
      case 'delete-topics':
        return { kind, topics: [{ name, topicId }] };
      case 'create-partitions':
        return { kind, topics: [{ name, count, assignments: null }], validateOnly: false };
      case 'alter-configs': {
        const configs = [{ name: config, configOperation, value }];
        return {
          kind,
          resources: [{ resourceType: 2, resourceName: name, configs }],
          replaces: flag,
          validateOnly: false,
        };
      }
      case 'register-broker': {
        const endPoints = [{ name: 'PLAINTEXT', host: 'h', port: 60_000 + this.step }];
        const about = { brokerId, incarnationId: topicId, brokerEpoch: this.step, endPoints, rack: flag ? 'r' : null };
        return { kind, ...about, beginsLeaderEpochs: flag };
      }
      case 'allocate-producer-ids':
        return { kind, brokerId, brokerEpoch: this.step };
      case 'set-feature-level':
        return { kind, name: 'metadata.version', featureLevel: brokerId };
    }
  }

  retry(command: ClusterCommand): ClusterCommand {
    return command;
  }

  learn(): void {}
}

function questions(): Question<ClusterCommand, ClusterRecord>[] {
  const image: Question<ClusterCommand, ClusterRecord> = {
    about: 'the image',
    ask(machine) {
      const { topicsByName, brokers, features, nextProducerId } = (machine as unknown as ClusterMachine).image;
      return { topicsByName, brokers, features, nextProducerId };
    },
  };
  const pilot = new ClusterPilot();
  const about = { config: 'retention.ms', value: '1', operation: 0, count: 2, brokerId: 1, flag: true } as const;
  const commands = names.flatMap(name =>
    (['create-topics', 'delete-topics', 'create-partitions', 'alter-configs', 'register-broker'] as const).map(kind =>
      pilot.command({ kind, name, ...about }),
    ),
  );
  return [
    image,
    ...commands.map(command => ({
      about: JSON.stringify(command),
      ask: (machine: Machine) => machine.decide(command, 0),
    })),
  ];
}

type Machine = PureMachine<ClusterCommand, ClusterRecord>;

export const clusterSubject: Subject<ClusterCommand, ClusterRecord, Operation> = {
  operation,
  create() {
    const machine = new ClusterMachine();
    const endPoints = [{ name: 'PLAINTEXT', host: 'h', port: 9092 }];
    const incarnationId = Buffer.alloc(16).toString('base64url');
    machine.apply({ kind: 'register-broker', brokerId: 1, incarnationId, brokerEpoch: 0, endPoints, rack: null });
    return machine;
  },
  pilot: () => new ClusterPilot(),
  throughBytes: record => decodeClusterMetadataRecord(encodeClusterMetadataRecord(record))!,
  questions,
};
