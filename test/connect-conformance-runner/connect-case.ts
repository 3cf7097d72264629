// A recorded case of Kafka Connect: what a transform, predicate or converter was given, and what it answered.

export interface ConnectCase {
  readonly id: string;
  readonly family: string;
  readonly op: string;
  readonly type: string;
  readonly config: Readonly<Record<string, string | null>>;
  readonly input: { readonly record: RecordedRecord };
  readonly output?: {
    readonly record?: RecordedRecord;
    readonly dropped?: boolean;
    readonly result?: boolean;
  };
  readonly error?: {
    readonly phase: string;
    readonly class: string;
    readonly message?: string;
    readonly javaText?: boolean;
  };
}

export interface RecordedRecord {
  readonly kind: 'sink' | 'source';
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset?: string;
  readonly timestamp: string | null;
  readonly key: RecordedValue | null;
  readonly value: RecordedValue | null;
  readonly headers: readonly (readonly [string, RecordedValue | null])[];
}

export interface RecordedValue {
  readonly schema: unknown;
  readonly value: unknown;
}
