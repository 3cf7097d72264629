import type { Client as PgClient } from 'pg';

const virtualSql = `SELECT virtualtransaction, pid::text FROM pg_catalog.pg_locks
  WHERE locktype = 'virtualxid' AND mode = 'ExclusiveLock' AND granted AND pid <> pg_backend_pid()`;
const elsewhereSql = `SELECT pid::text FROM pg_catalog.pg_stat_activity
  WHERE datid <> (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`;

/** The virtual ids of the transactions that run in this database, also of those that have written nothing yet. */
export async function runningTransactions(client: PgClient): Promise<ReadonlySet<string>> {
  const virtual = await client.query({ text: virtualSql, rowMode: 'array' });
  // Afterwards: a process that has taken over a number since is not the one that ran, which has ended.
  await client.query('SELECT pg_catalog.pg_stat_clear_snapshot()');
  const { rows } = await client.query({ text: elsewhereSql, rowMode: 'array' });
  const elsewhere = new Set((rows as [string][]).map(([pid]) => pid));
  return new Set((virtual.rows as [string, string][]).filter(([, pid]) => !elsewhere.has(pid)).map(([id]) => id));
}

const ownerSql = `
  SELECT pid::text, usename, application_name, state, date_trunc('second', xact_start)::text AS since
    FROM pg_catalog.pg_stat_activity WHERE backend_xid::text = $1`;
const preparedSql = `
  SELECT gid, owner, date_trunc('second', prepared)::text AS since
    FROM pg_catalog.pg_prepared_xacts WHERE transaction::text = $1`;

/** Who runs this transaction, as a person can find it. */
export async function shownTransaction(client: PgClient, id: bigint): Promise<string> {
  const lower = [String(BigInt.asUintN(32, id))];
  const [owner] = (await client.query(ownerSql, lower)).rows as Record<string, string | null>[];
  if (owner !== undefined) {
    const name = owner['application_name'] ? `, ${owner['application_name']}` : '';
    const state = owner['state'] === null ? '' : `, ${owner['state']}, since ${owner['since']}`;
    return `transaction ${id} of process ${owner['pid']} (user ${owner['usename']}${name}${state})`;
  }
  const [prepared] = (await client.query(preparedSql, lower)).rows as Record<string, string>[];
  if (prepared === undefined) return `transaction ${id}`;
  return `the prepared transaction ${id} '${prepared['gid']}' (user ${prepared['owner']}, since ${prepared['since']})`;
}
