// A recorded case of Kafka Connect: what a transform, predicate, converter or function was given, and what it answered.

export interface ConnectCase {
  readonly id: string;
  readonly family: string;
  readonly op: string;
  readonly type?: string;
  readonly config?: Readonly<Record<string, string | null>>;
  readonly input: CaseInput;
  readonly output?: CaseOutput | null;
  readonly error?: {
    readonly phase: string;
    readonly class: string;
    readonly message?: string;
    readonly javaText?: boolean;
  };
}

export interface CaseInput {
  readonly record?: RecordedRecord;
  readonly schema?: unknown;
  readonly value?: unknown;
  readonly bytes?: RecordedBytes;
  readonly text?: string | null;
  readonly scale?: number | string;
  readonly isKey?: boolean;
}

export interface CaseOutput {
  readonly record?: RecordedRecord;
  readonly dropped?: boolean;
  readonly result?: boolean;
  readonly bytes?: RecordedBytes;
  readonly schema?: unknown;
  readonly value?: unknown;
  readonly javaText?: boolean;
}

export type RecordedBytes = { readonly utf8: string } | { readonly base64: string } | null;

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
  readonly schema?: unknown;
  readonly value?: unknown;
}
