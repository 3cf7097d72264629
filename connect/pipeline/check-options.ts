import { didYouMean } from '../../core/index.js';
import { ConfigError, type LookupDefinition, type SinkDefinition, type SourceDefinition } from '../api/index.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import { isUnset } from './variables.js';

type Config = Readonly<Record<string, unknown>>;

/** Notes what the connector says of its options together, at the option that it names. What hangs on a variable that is not set is not known yet. */
export function checkOptions(
  connector: SourceDefinition | SinkDefinition | LookupDefinition,
  { read, given }: { readonly read: Config; readonly given: Config },
  path: Path,
  faults: FaultList,
): void {
  try {
    connector.validate?.(read);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const near = error.given === undefined ? '' : didYouMean(error.given, error.known);
    const [prefix = '', name = ''] = /^([\w.-]+): /.exec(error.message) ?? [];
    const isNamed = Object.hasOwn(given, name);
    const asked = isNamed ? [given[name]] : Object.values(given);
    if (asked.flat().some(value => typeof value === 'string' && isUnset(value))) return;
    const message = isNamed ? error.message.slice(prefix.length) : error.message;
    if (isNamed) faults.add([...path, name], `${message}${near}`, placeIn(given[name], error));
    else faults.add(path, `${message}${near}`, { isKey: true });
  }
}

/** The word within the text of the option, where it is only a part. */
function placeIn(value: unknown, { given }: ConfigError): { readonly offset?: number } {
  const offset = typeof value === 'string' && given !== undefined && given !== '' ? value.lastIndexOf(given) : -1;
  return offset < 0 ? {} : { offset };
}
