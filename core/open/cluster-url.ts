import { UsageError } from '../base/errors.js';
import { addressText, type BrokerAddress } from '../client/network/broker-address.js';

/** What `kafka://user:password@host:port,host:port` says. */
export interface ClusterUrl {
  /** As shown to people: the password is masked. */
  readonly url: string;
  readonly bootstrap: readonly BrokerAddress[];
  readonly isEncrypted: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const portDefault = 9092;
const example = 'write kafka://HOST:PORT,HOST:PORT or kafka+ssl://USER:PASSWORD@HOST:PORT';

/** Reads what follows the scheme. Throws UsageError, which never repeats a password. */
export function parseClusterUrl(scheme: 'kafka' | 'kafka+ssl', rest: string): ClusterUrl {
  const match = /^\/\/(?:(.*)@)?([^@/?#]+)\/?$/s.exec(rest);
  if (match === null) throw new UsageError(`${scheme}: names no brokers, or more than brokers: ${example}`);
  const { username, password } = parseUser(scheme, match[1]);
  const bootstrap = match[2]!.split(',').map(text => parseAddress(scheme, text));
  const user = username === undefined ? '' : `${encodeURIComponent(username)}:***@`;
  const url = `${scheme}://${user}${bootstrap.map(addressText).join(',')}`;
  return { url, bootstrap, isEncrypted: scheme === 'kafka+ssl', username, password };
}

function parseUser(scheme: string, text: string | undefined): { username?: string; password?: string } {
  if (text === undefined) return {};
  const at = text.indexOf(':');
  try {
    const username = decodeURIComponent(at < 0 ? text : text.slice(0, at));
    return at < 0 ? { username } : { username, password: decodeURIComponent(text.slice(at + 1)) };
  } catch {
    throw new UsageError(`${scheme}: a % in user or password stands for itself only when it is written %25`);
  }
}

function parseAddress(scheme: string, text: string): BrokerAddress {
  const match = /^(?:\[([\da-f:.%]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text.trim());
  const port = Number(match?.[3] ?? portDefault);
  if (match === null || port < 1 || port > 0xffff) {
    throw new UsageError(`${scheme}: "${text}" is no address of a broker: ${example}`);
  }
  return { host: (match[1] ?? match[2])!, port };
}
