// A family of recorded cases, and how they are run. One file a family in families/, named in families.ts.

export interface Family {
  /** Of the files that it answers, without `.json`. */
  readonly files: RegExp;
  /** Runs what stands in one such file. May start what it needs, and leaves nothing behind. */
  run(cases: readonly unknown[], place: { readonly folder: string }): readonly Outcome[] | Promise<readonly Outcome[]>;
}

export interface Outcome {
  readonly id: string;
  /** Why the answer is not the recorded one; undefined where it is. */
  readonly difference?: string | undefined;
  /** The rule of known-differences.json that explains it. */
  readonly rule?: string | undefined;
}
