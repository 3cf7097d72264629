import type { Client as PgClient } from 'pg';

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
