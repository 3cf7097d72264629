/** Where a name stands in a message: through arrays and structs. `resource`: only if it is a topic's or a group's. */
export interface NamePath {
  readonly steps: readonly string[];
  readonly kind: 'name' | 'subscription' | 'resource';
}

export interface NamePaths {
  readonly request: readonly NamePath[];
  readonly response: readonly NamePath[];
  /** A list of the answer that may hold what belongs to others, and the field that tells whose it is. */
  readonly owned?: { readonly list: string; readonly name: string };
}

function paths(request: string, response: string, owned?: NamePaths['owned']): NamePaths {
  const parsed = (text: string): readonly NamePath[] =>
    text
      .split(' ')
      .filter(path => path !== '')
      .map(path => {
        const [steps, kind = 'name'] = path.split(':');
        return { steps: steps!.split('.'), kind: kind as NamePath['kind'] };
      });
  return { request: parsed(request), response: parsed(response), ...(owned && { owned }) };
}

const topicsName = paths('topics.name', 'topics.name topics.partitions.errorMessage');
const resources = paths(
  'resources.resourceName:resource',
  'results.resourceName:resource results.errorMessage responses.resourceName:resource responses.errorMessage',
);
const groupOnly = paths('groupId', '');
const transactionOnly = paths('transactionalId', '');

/** By the names of the APIs: every name of a topic, a group or a transaction. */
export const namePaths: Readonly<Record<string, NamePaths | undefined>> = {
  Produce: paths('transactionalId topicData.name', 'responses.name responses.partitionResponses.errorMessage'),
  Fetch: paths('topics.topic forgottenTopicsData.topic', 'responses.topic'),
  ListOffsets: topicsName,
  Metadata: paths('topics.name', 'topics.name', { list: 'topics', name: 'name' }),
  OffsetCommit: paths('groupId topics.name', 'topics.name'),
  OffsetFetch: paths(
    'groupId topics.name groups.groupId groups.topics.name',
    'topics.name groups.groupId groups.topics.name',
  ),
  FindCoordinator: paths('key coordinatorKeys', 'coordinators.key coordinators.errorMessage errorMessage'),
  JoinGroup: paths('groupId protocols.metadata:subscription', 'members.metadata:subscription'),
  Heartbeat: groupOnly,
  LeaveGroup: groupOnly,
  SyncGroup: groupOnly,
  DescribeGroups: paths('groups', 'groups.groupId groups.members.memberMetadata:subscription'),
  ListGroups: paths('', 'groups.groupId', { list: 'groups', name: 'groupId' }),
  CreateTopics: paths('topics.name', 'topics.name topics.errorMessage'),
  DeleteTopics: paths('topics.name topicNames', 'responses.name responses.errorMessage'),
  DeleteRecords: topicsName,
  InitProducerId: transactionOnly,
  OffsetForLeaderEpoch: paths('topics.topic', 'topics.topic'),
  AddPartitionsToTxn: paths('v3AndBelowTransactionalId v3AndBelowTopics.name', 'resultsByTopicV3AndBelow.name'),
  AddOffsetsToTxn: paths('transactionalId groupId', ''),
  EndTxn: transactionOnly,
  TxnOffsetCommit: paths('transactionalId groupId topics.name', 'topics.name'),
  DescribeConfigs: resources,
  AlterConfigs: resources,
  IncrementalAlterConfigs: resources,
  CreatePartitions: paths('topics.name', 'results.name results.errorMessage'),
  DeleteGroups: paths('groupsNames', 'results.groupId'),
  OffsetDelete: paths('groupId topics.name', 'topics.name'),
  DescribeProducers: topicsName,
  DescribeTransactions: paths('transactionalIds', 'transactionStates.transactionalId transactionStates.topics.topic'),
  ListTransactions: paths('', 'transactionStates.transactionalId', {
    list: 'transactionStates',
    name: 'transactionalId',
  }),
  ConsumerGroupHeartbeat: paths('groupId subscribedTopicNames', 'errorMessage'),
  ConsumerGroupDescribe: paths(
    'groupIds',
    'groups.groupId groups.errorMessage groups.members.subscribedTopicNames ' +
      'groups.members.assignment.topicPartitions.topicName groups.members.targetAssignment.topicPartitions.topicName',
  ),
};
