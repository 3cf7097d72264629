import { editDistance, nearestWord } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { invalid } from './config-key.js';

/** Why a class was not found, in Kafka Connect's words; behind them what is nearly the same, or what else is wrong with the name. */
export function classFault(name: string, value: string, error: unknown): string {
  return invalid(name, value, `Class ${value} could not be found.${hintOf(error)}`);
}

function hintOf(error: unknown): string {
  if (!(error instanceof ConfigError) || error.given === undefined) return ` (${(error as Error).message})`;
  const near = nearestWord(error.given, error.known);
  return near === undefined || editDistance(error.given, near) > 3 ? '' : ` (did you mean "${near}"?)`;
}
