/** A recorded scenario: requests to a worker that starts with no connectors, and what it answered. */
export interface RestCase {
  readonly id: string;
  readonly family: 'rest';
  readonly worker: 'main' | 'tracking' | 'reset';
  readonly steps: readonly RestStep[];
  /** What was written, by topic. */
  readonly topics?: Readonly<Record<string, readonly WrittenRecord[]>>;
}

export type RestStep =
  | { readonly request: RecordedRequest; readonly response: RecordedResponse }
  | { readonly file: { readonly path: string; readonly append: string } }
  | { readonly await: Awaited }
  | { readonly sleep: number };

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: string;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly javaText?: boolean;
}

export interface Awaited {
  readonly connector: string;
  readonly state?: string | null;
  readonly tasks?: readonly string[];
  readonly offsets?: readonly unknown[];
  readonly topics?: readonly string[];
}

export interface WrittenRecord {
  readonly partition: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly (readonly [string, string])[];
}
