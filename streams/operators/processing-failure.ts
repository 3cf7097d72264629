/** Where a failure happened: the record that was being processed. */
export interface RecordPosition {
  topic: string;
  partition: number;
  offset: number;
}

export type ProcessingPhase = 'deserialization' | 'processing' | 'production';

/** A throw in user code (an operator, a reducer, a serde) or in a sink: which node, at which record, and why. */
export class ProcessingFailure extends Error {
  override readonly name = 'ProcessingFailure';
  readonly phase: ProcessingPhase;
  readonly node: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** False: an asynchronous stage failed, and nobody knows at which record; it is this one, or one that was taken after it. */
  readonly isExact: boolean;

  constructor(
    phase: ProcessingPhase,
    node: string,
    position: Readonly<RecordPosition>,
    cause: unknown,
    { isExact = true }: { isExact?: boolean } = {},
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const place = `${position.topic}-${position.partition} offset ${position.offset}`;
    super(`${phase} failed in ${node} at ${place}${isExact ? '' : ' or a record taken after it'}: ${reason}`, {
      cause,
    });
    this.phase = phase;
    this.node = node;
    this.topic = position.topic;
    this.partition = position.partition;
    this.offset = position.offset;
    this.isExact = isExact;
  }
}
