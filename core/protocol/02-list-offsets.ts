import { api } from './api.js';
import { array, int8, int16, int32, int64, string } from './field.js';

/** The offset at a timestamp: -1 is the end, -2 the start, -3 the record with the highest timestamp. */
export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 9],
  flexibleFrom: 6,
  request: {
    replicaId: int32('0+'),
    isolationLevel: int8('2+'),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        currentLeaderEpoch: int32('4+', { default: -1, ignorable: true }),
        timestamp: int64('0+'),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        timestamp: int64('1+', { default: -1 }),
        offset: int64('1+', { default: -1 }),
        leaderEpoch: int32('4+', { default: -1 }),
      }),
    }),
  },
});
