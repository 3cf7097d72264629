import { array, bytes, int32, int64, string } from '../field.js';
import { neverFlexible, schema } from '../schema.js';

// Kafka's keys and values of `__consumer_offsets`. Values are written in version 3, the last one that every Kafka reads.

const key = { versions: [0, 0], flexibleFrom: neverFlexible } as const;
const value = { versions: [0, 4], flexibleFrom: 4 } as const;

export const offsetCommitKey = schema(
  { title: 'OffsetCommitKey', ...key },
  { group: string('0'), topic: string('0'), partition: int32('0') },
);

export const offsetCommitValue = schema(
  { title: 'OffsetCommitValue', ...value },
  {
    offset: int64('0+'),
    leaderEpoch: int32('3+', { default: -1, ignorable: true }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1, ignorable: true }),
  },
);

export const groupMetadataKey = schema({ title: 'GroupMetadataKey', ...key }, { group: string('0') });

export const groupMetadataValue = schema(
  { title: 'GroupMetadataValue', ...value },
  {
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: string('0+', { nullable: '0+' }),
    leader: string('0+', { nullable: '0+' }),
    currentStateTimestamp: int64('2+', { default: -1, ignorable: true }),
    members: array('0+', {
      memberId: string('0+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null, ignorable: true }),
      clientId: string('0+'),
      clientHost: string('0+'),
      rebalanceTimeout: int32('1+', { default: -1, ignorable: true }),
      sessionTimeout: int32('0+'),
      subscription: bytes('0+'),
      assignment: bytes('0+'),
    }),
  },
);
