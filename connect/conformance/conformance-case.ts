/** One property that every connector has. It knows nothing of a test framework. */
export interface ConformanceCase {
  /** Short and stable, such as `bad-record`. */
  readonly id: string;
  /** A sentence, with the name of the connector in front. */
  readonly title: string;
  /** Rejects with a ConformanceFailure where the connector does not have it. */
  run(): Promise<ConformanceOutcome>;
}

export interface ConformanceOutcome {
  /** Why the case showed nothing of this connector: print it where tests print what they left out. */
  readonly leftOut?: string;
}
