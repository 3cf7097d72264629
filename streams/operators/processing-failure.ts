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

  constructor(phase: ProcessingPhase, node: string, position: Readonly<RecordPosition>, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${phase} failed in ${node} at ${position.topic}-${position.partition} offset ${position.offset}: ${reason}`,
      {
        cause,
      },
    );
    this.phase = phase;
    this.node = node;
    this.topic = position.topic;
    this.partition = position.partition;
    this.offset = position.offset;
  }
}
