import { InvalidInput } from './exit-code.js';

export interface ConnectorFault {
  readonly connector?: string;
  readonly key: string;
  readonly message: string;
}

/** What a worker finds wrong with configurations, a line each; what it says twice, or only as a consequence, once. */
export class InvalidConnectors extends InvalidInput {
  readonly faults: readonly string[];

  constructor(found: readonly ConnectorFault[]) {
    const own = found.filter(
      ({ connector, key, message }) =>
        !/^Invalid value null for configuration/.test(message) ||
        found.every(each => each.connector !== connector || each.key !== key || each.message === message),
    );
    const faults = [...new Set(own.map(lineOf))];
    super(faults.map(fault => `millrace: ${fault}`).join('\n'));
    this.faults = faults;
  }
}

/** Those that a worker's refusal lists; undefined for another refusal. `about` is said in front of each. */
export function listedFaults(message: string, about?: string): InvalidConnectors | undefined {
  const [heading = '', ...faults] = message.split('\n');
  if (!/^Connector configuration is invalid/.test(heading) || faults.length < 2) return undefined;
  // A person at the prompt has no use for the endpoint that its last line names.
  const who = about === undefined ? {} : { connector: about };
  return new InvalidConnectors(faults.slice(0, -1).map(fault => ({ ...who, key: '', message: fault })));
}

/** Kafka Connect's own words mostly name the option already. */
function lineOf({ connector, key, message }: ConnectorFault): string {
  const who = connector === undefined ? '' : `${connector}: `;
  const text = message.replace(/\s*\n\s*/g, ' ');
  return who + (key === '' || text.includes(key) ? text : `${key}: ${text}`);
}
