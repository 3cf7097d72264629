import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { families } from './families.js';
import type { Outcome } from './family.js';

/** Beside the project's copy of the cases: differences that are meant, each with its reason. */
export const differencesFile = 'known-differences.json';

export interface KnownDifferences {
  /** Kinds of differences, told apart by `known-rules.ts`. No case is left out by its id. */
  readonly rules: Readonly<Record<string, string>>;
}

export interface FileResult {
  readonly file: string;
  /** Undefined where no family answers it. */
  readonly outcomes: readonly Outcome[] | undefined;
  readonly caseCount: number;
}

/** The files of recorded cases in a folder. */
export function caseFiles(folder: string): readonly string[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.json') && name !== differencesFile);
  return files.map(name => basename(name, '.json')).sort();
}

export async function runFile(folder: string, file: string): Promise<FileResult> {
  const recorded = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as unknown;
  const cases: readonly unknown[] = Array.isArray(recorded) ? recorded : [];
  const family = families.find(({ files }) => files.test(file));
  const outcomes = cases.length === 0 ? undefined : await family?.run(cases, { folder });
  return { file, outcomes, caseCount: cases.length };
}

export function readKnown(folder: string): KnownDifferences {
  return JSON.parse(readFileSync(join(folder, differencesFile), 'utf8')) as KnownDifferences;
}

/** Whether a difference is one that is meant. */
export function isKnown({ rule }: Outcome, known: KnownDifferences): boolean {
  return rule !== undefined && rule in known.rules;
}
