import type { z } from 'zod';
import { didYouMean, UsageError } from '../../core/index.js';
import { ConfigError } from '../api/errors.js';
import type { ConfigSpec } from '../api/source.js';
import { isConverterKey } from '../converters/configured-converter.js';
import { isChainKey } from '../transforms/transform-chain.js';
import { overrideOf } from './clients/client-overrides.js';
import { isTopicCreationKey } from './source/topic-creation.js';

/**
 * Splits a flat configuration into the runtime's options and the connector's own, and checks both.
 * Throws one UsageError that names every fault, with the nearest valid word for an unknown key.
 */
export function readConfig<R extends ConfigSpec>(
  given: { name: string; config: Readonly<Record<string, unknown>> },
  runtimeSpec: R,
  ownSpec: ConfigSpec,
): { runtime: z.output<R>; own: Record<string, unknown> } {
  const known = [...Object.keys(ownSpec.shape), ...Object.keys(runtimeSpec.shape)];
  const unknown = Object.keys(given.config).filter(key => !isKnownKey(key, runtimeSpec, ownSpec));
  const faults = unknown.map(key => `${key}: there is no such option${didYouMean(key, known)}`);
  const runtime = runtimeSpec.safeParse(picked(given.config, runtimeSpec));
  const own = ownSpec.safeParse(picked(given.config, ownSpec));
  for (const result of [own, runtime]) {
    for (const issue of result.error?.issues ?? []) faults.push(faultOf(issue, given.config));
  }
  if (faults.length > 0 || !runtime.success || !own.success) {
    const heading = faults.length === 1 ? '' : `${faults.length} faults in its configuration\n  `;
    throw new UsageError(`connector ${given.name}: ${heading}${faults.join('\n  ')}`);
  }
  return { runtime: runtime.data, own: own.data };
}

/** Whether the runtime, the connector, the transforms or the converters take a key of that name. */
export function isKnownKey(key: string, runtimeSpec: ConfigSpec, ownSpec: ConfigSpec): boolean {
  return (
    Object.hasOwn(ownSpec.shape, key) ||
    Object.hasOwn(runtimeSpec.shape, key) ||
    isChainKey(key) ||
    isConverterKey(key) ||
    overrideOf(key) !== undefined ||
    (isTopicCreationKey(key) && Object.hasOwn(runtimeSpec.shape, 'topic.creation.groups'))
  );
}

function picked(config: Readonly<Record<string, unknown>>, spec: ConfigSpec): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(spec.shape, key)));
}

function faultOf(issue: z.core.$ZodIssue, config: Readonly<Record<string, unknown>>): string {
  const key = String(issue.path[0] ?? '');
  if (config[key] === undefined) return `${key}: this option is required`;
  const near = issue.code === 'invalid_value' ? didYouMean(String(config[key]), issue.values.map(String)) : '';
  return `${key}: ${issue.message}${near}`;
}

/** What a connector throws for a configuration that cannot be meant, as the person who wrote it shall read it. */
function usageErrorOf(name: string, error: ConfigError): UsageError {
  const near = error.given === undefined ? '' : didYouMean(error.given, error.known);
  return new UsageError(`connector ${name}: ${error.message}${near}`, { cause: error });
}

/** UsageError for ConfigError, anything else as it is. */
export function shownError(name: string, error: unknown): Error {
  if (error instanceof ConfigError) return usageErrorOf(name, error);
  return error instanceof Error ? error : new Error(String(error));
}
