// Where a Redis is, as people write it. What is wrong with it is told without showing any of it, as a password may stand anywhere in it.

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  /** Empty: none. */
  readonly username: string;
  readonly password: string;
  readonly isTls: boolean;
}

const form = 'must read redis://user:password@host:port/database, or rediss:// for TLS';
const encoded = 'write / as %2F, @ as %40, : as %3A, # as %23, ? as %3F and % as %25 in a user or password';

/** Throws an Error that says how it must read. */
export function readRedisUri(text: string): RedisPlace {
  const uri = text.trim();
  if (!/^rediss?:\/\//.test(uri)) throw new Error(form);
  if (!URL.canParse(uri)) throw new Error(`${form}; ${encoded}`);
  const { protocol, hostname, port, pathname, username, password, search, hash } = new URL(uri);
  if (search !== '' || hash !== '') throw new Error(`${form}, and nothing behind that; ${encoded}`);
  if (hostname === '') throw new Error(`${form}: it names no host`);
  if (!/^\/?\d*$/.test(pathname)) throw new Error(`${form}: the database is a number, such as /0`);
  return {
    host: decoded(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    database: Number(pathname.slice(1)),
    username: decoded(username),
    password: decoded(password),
    isTls: protocol === 'rediss:',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${form}; ${encoded}`);
  }
}
