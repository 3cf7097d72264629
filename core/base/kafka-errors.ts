// Kafka's error codes (clients/src/main/java/org/apache/kafka/common/protocol/Errors.java), those that Millrace sends or understands.

interface KafkaError {
  readonly code: number;
  readonly isRetriable: boolean;
  readonly meaning: string;
}

const fatal = (code: number, meaning: string): KafkaError => ({ code, isRetriable: false, meaning });
const retriable = (code: number, meaning: string): KafkaError => ({ code, isRetriable: true, meaning });

export const kafkaErrors = {
  UNKNOWN_SERVER_ERROR: fatal(-1, 'the broker met an error it did not expect; its log says which'),
  OFFSET_OUT_OF_RANGE: fatal(1, 'the offset is outside of what the partition holds'),
  CORRUPT_MESSAGE: retriable(2, 'the batch fails its CRC or is malformed'),
  UNKNOWN_TOPIC_OR_PARTITION: retriable(3, 'no such topic or partition'),
  INVALID_FETCH_SIZE: fatal(4, 'the fetch size is invalid'),
  LEADER_NOT_AVAILABLE: retriable(5, 'the partition has no leader yet'),
  NOT_LEADER_OR_FOLLOWER: retriable(6, 'this broker does not lead the partition'),
  REQUEST_TIMED_OUT: retriable(7, 'the request ran out of time'),
  MESSAGE_TOO_LARGE: fatal(10, 'the batch is larger than max.message.bytes of the topic'),
  OFFSET_METADATA_TOO_LARGE: fatal(12, 'the metadata string of an offset commit is longer than 4096 bytes'),
  COORDINATOR_LOAD_IN_PROGRESS: retriable(14, 'the coordinator is still reading its log'),
  COORDINATOR_NOT_AVAILABLE: retriable(15, 'the coordinator is not available'),
  NOT_COORDINATOR: retriable(16, 'this broker does not coordinate that group'),
  INVALID_TOPIC_EXCEPTION: fatal(17, 'the topic name is not valid'),
  NOT_ENOUGH_REPLICAS: retriable(19, 'fewer in-sync replicas than min.insync.replicas'),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: retriable(20, 'appended, but to fewer in-sync replicas than required'),
  INVALID_REQUIRED_ACKS: fatal(21, 'acks must be -1, 0 or 1'),
  ILLEGAL_GENERATION: fatal(22, 'the generation of the group is another one'),
  INCONSISTENT_GROUP_PROTOCOL: fatal(23, 'the member shares no protocol with the group'),
  INVALID_GROUP_ID: fatal(24, 'the group id is not valid'),
  UNKNOWN_MEMBER_ID: fatal(25, 'the group does not know this member'),
  INVALID_SESSION_TIMEOUT: fatal(26, 'the session timeout is outside of what the broker allows'),
  REBALANCE_IN_PROGRESS: fatal(27, 'the group is rebalancing: rejoin it'),
  INVALID_COMMIT_OFFSET_SIZE: fatal(28, 'the offset commit is too large'),
  TOPIC_AUTHORIZATION_FAILED: fatal(29, 'not allowed to use this topic'),
  GROUP_AUTHORIZATION_FAILED: fatal(30, 'not allowed to use this group'),
  CLUSTER_AUTHORIZATION_FAILED: fatal(31, 'not allowed to do this to the cluster'),
  INVALID_TIMESTAMP: fatal(32, 'a timestamp is out of the accepted range'),
  UNSUPPORTED_VERSION: fatal(35, 'this version of the API is not supported'),
  TOPIC_ALREADY_EXISTS: fatal(36, 'a topic of this name exists'),
  INVALID_PARTITIONS: fatal(37, 'the number of partitions is not valid'),
  INVALID_REPLICATION_FACTOR: fatal(38, 'the replication factor is not valid'),
  INVALID_REPLICA_ASSIGNMENT: fatal(39, 'the replica assignment is not valid'),
  INVALID_CONFIG: fatal(40, 'the configuration is not valid'),
  NOT_CONTROLLER: retriable(41, 'this broker is not the controller'),
  INVALID_REQUEST: fatal(42, 'the request is malformed or contradicts itself'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: fatal(43, 'the message format does not support this'),
  POLICY_VIOLATION: fatal(44, 'the request violates a policy'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: fatal(45, 'the sequence number of the producer does not follow its last one'),
  DUPLICATE_SEQUENCE_NUMBER: fatal(46, 'the batch was written before'),
  INVALID_PRODUCER_EPOCH: fatal(47, 'a newer producer with the same id exists'),
  INVALID_TXN_STATE: fatal(48, 'the transaction is not in a state that allows this'),
  INVALID_PRODUCER_ID_MAPPING: fatal(49, 'the producer id does not belong to this transactional id'),
  INVALID_TRANSACTION_TIMEOUT: fatal(50, 'the transaction timeout is larger than the broker allows'),
  CONCURRENT_TRANSACTIONS: retriable(51, 'the previous transaction is still being completed'),
  KAFKA_STORAGE_ERROR: retriable(56, 'the log of the partition cannot be written'),
  UNKNOWN_PRODUCER_ID: fatal(59, 'the broker has forgotten this producer id'),
  NON_EMPTY_GROUP: fatal(68, 'the group still has members'),
  GROUP_ID_NOT_FOUND: fatal(69, 'no such group'),
  FETCH_SESSION_ID_NOT_FOUND: retriable(70, 'no such fetch session'),
  INVALID_FETCH_SESSION_EPOCH: retriable(71, 'the epoch of the fetch session is another one'),
  FENCED_LEADER_EPOCH: retriable(74, 'the leader epoch of the request is older than the broker’s'),
  UNKNOWN_LEADER_EPOCH: retriable(75, 'the leader epoch of the request is newer than the broker’s'),
  UNSUPPORTED_COMPRESSION_TYPE: fatal(76, 'the compression codec is not supported'),
  MEMBER_ID_REQUIRED: fatal(79, 'join again with the member id of this answer'),
  GROUP_MAX_SIZE_REACHED: fatal(81, 'the group is full'),
  FENCED_INSTANCE_ID: fatal(82, 'another member has taken over this instance id'),
  GROUP_SUBSCRIBED_TO_TOPIC: fatal(86, 'a member of the group subscribes to this topic'),
  INVALID_RECORD: fatal(87, 'a record breaks a rule of its topic'),
  UNSTABLE_OFFSET_COMMIT: retriable(88, 'a transaction that commits these offsets is still open'),
  PRODUCER_FENCED: fatal(90, 'a newer producer with the same transactional id exists'),
  UNKNOWN_TOPIC_ID: retriable(100, 'no topic has this id'),
  FETCH_SESSION_TOPIC_ID_ERROR: retriable(106, 'the fetch session mixes topic names and ids'),
} as const satisfies Record<string, KafkaError>;

export type KafkaErrorName = keyof typeof kafkaErrors;

const nameByCode = new Map<number, KafkaErrorName>(
  (Object.keys(kafkaErrors) as KafkaErrorName[]).map(name => [kafkaErrors[name].code, name]),
);

/** The name of a code other than 0; codes that are not in the table count as UNKNOWN_SERVER_ERROR. */
export function kafkaErrorName(code: number): KafkaErrorName {
  return nameByCode.get(code) ?? 'UNKNOWN_SERVER_ERROR';
}
