// The URL of a database as people write it: libpq's form, or a JDBC driver's with `jdbc:` before it. What is wrong with it is told without showing any of it,
// as a password may stand anywhere in it.

export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** By `sslmode`, in the words of `connection.ssl`. */
  readonly ssl: 'disable' | 'require' | 'verify-full';
}

const form = 'must read postgres://user:password@host:port/database';
const encoded = 'write / as %2F, @ as %40, : as %3A, # as %23, ? as %3F and % as %25 in a user or password';
/** `prefer` and `allow` of libpq let the server decide; here it is one or the other, and these have always begun without. */
const sslModes: Readonly<Record<string, PostgresPlace['ssl']>> = {
  disable: 'disable',
  allow: 'disable',
  prefer: 'disable',
  require: 'require',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
};

/** Throws an Error that says how it must read. */
export function readPostgresUrl(text: string): PostgresPlace {
  const url = text.trim().replace(/^jdbc:(?=postgres)/, '');
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error(form);
  if (!URL.canParse(url)) throw new Error(`${form}; ${encoded}`);
  const { hostname, port, pathname, username, password, search, searchParams, hash } = new URL(url);
  if (hash !== '') throw new Error(`${form}, without a #; ${encoded}`);
  if (hostname === '') throw new Error(`${form}: it names no host`);
  if (hostname.includes(',')) throw new Error(`${form}: it names several hosts, and one is used`);
  if ([...searchParams.keys()].some(name => name !== 'sslmode')) {
    throw new Error(
      'takes no parameter but sslmode: user, password, timeouts and the like are options (connection.user, connection.timeout.ms ...)',
    );
  }
  const mode = searchParams.get('sslmode') ?? 'disable';
  const ssl = sslModes[mode];
  if (search !== '' && ssl === undefined) throw new Error(`sslmode must be one of ${Object.keys(sslModes).join(', ')}`);
  const [database, user, secret] = [pathname.slice(1), username, password].map(decoded) as [string, string, string];
  return {
    host: decoded(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 5432 : Number(port),
    ssl: ssl ?? 'disable',
    ...(database !== '' && { database }),
    ...(user !== '' && { user }),
    ...(secret !== '' && { password: secret }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${form}; ${encoded}`);
  }
}
