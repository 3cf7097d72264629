import { api } from './api.js';
import { array, int16, int32, string, uuid } from './field.js';

/** Deletes topics. Up to version 5 by `topicNames`, from version 6 on by name or id in `topics`. */
export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexibleFrom: 4,
  request: {
    topics: array('6+', {
      name: string('6+', { nullable: '6+', default: null }),
      topicId: uuid('6+'),
    }),
    topicNames: array('0-5', 'string', { ignorable: true }),
    timeoutMs: int32('0+'),
  },
  response: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    responses: array('0+', {
      name: string('0+', { nullable: '6+' }),
      topicId: uuid('6+', { ignorable: true }),
      errorCode: int16('0+'),
      errorMessage: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});
