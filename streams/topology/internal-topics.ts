// Internal topics are called as in Kafka Streams, so that its tools recognise them.

/** The full name of an internal topic that the plan names without the application's prefix. */
export function internalTopicName(applicationId: string, name: string): string {
  return `${applicationId}-${name}`;
}

export function repartitionTopicName(operator: string): string {
  return `${operator}-repartition`;
}

export function changelogTopicName(applicationId: string, store: string): string {
  return `${applicationId}-${store}-changelog`;
}
