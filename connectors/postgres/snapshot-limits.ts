// Up to which transaction a table of this database can be read whole. A snapshot names every transaction that runs anywhere on the server; those of other
// databases write nothing here and hold nothing back. A transaction stays in the database in which it began, so that it belongs to another one is true
// whenever it is found out; what ends before it is found counts as ours. Subtransactions have higher ids than the transaction they are part of.

import type { Client as PgClient } from 'pg';
import type { RoundLimits } from './round-sql.js';

const snapshotSql = `SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text,
         (SELECT string_agg(x::text, ',' ORDER BY x) FROM pg_snapshot_xip(s) AS x)
    FROM pg_current_snapshot() AS s`;
/** The lower 32 bits. Readable by everyone. */
const elsewhereSql = `
  SELECT backend_xid::text FROM pg_catalog.pg_stat_activity
   WHERE backend_xid IS NOT NULL AND datid <> (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
   UNION ALL
  SELECT transaction::text FROM pg_catalog.pg_prepared_xacts WHERE database <> current_database()`;

/** Of the snapshot of the running transaction, which must be REPEATABLE READ. */
export async function limitsOf(client: PgClient): Promise<RoundLimits> {
  const { rows } = await client.query({ text: snapshotSql, rowMode: 'array' });
  const [xmin, xmax, list] = (rows as [[string, string, string | null]])[0];
  const next = BigInt(xmax);
  const running = list === null ? [] : list.split(',').map(BigInt);
  // A standby lists none of those that run on its primary: then the oldest is all that is known.
  const isListed = (running[0] ?? next) === BigInt(xmin);
  if (!isListed) return { bound: BigInt(xmin), next };
  if (running.length === 0) return { bound: next, next };
  const elsewhere = await lowerBitsElsewhere(client);
  return { bound: running.find(each => !elsewhere.has(BigInt.asUintN(32, each))) ?? next, next };
}

async function lowerBitsElsewhere(client: PgClient): Promise<ReadonlySet<bigint>> {
  const { rows } = await client.query({ text: elsewhereSql, rowMode: 'array' });
  return new Set((rows as [string][]).map(([id]) => BigInt(id)));
}

/** The lowest id of a transaction that has not committed yet: all that has is below. */
export async function nextTransaction(client: PgClient): Promise<bigint> {
  const text = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text';
  const { rows } = await client.query({ text, rowMode: 'array' });
  return BigInt((rows as [[string]])[0][0]);
}
