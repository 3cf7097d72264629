import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const peers = resolve(process.env['MILLRACE_PEERS'] ?? '../shared/peers/peers');

/** Why Apache Kafka's tools cannot be run here; undefined when they can. */
export function missingKafkaTools(): string | undefined {
  if (!existsSync(peers)) return `no ${peers} (set MILLRACE_PEERS)`;
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no java';
  }
}

/** What one of Apache's tools prints, both streams. */
export function kafkaTool(name: string, ...args: string[]): string {
  return execFileSync('bash', ['-c', 'bash "$0" tool "$@" 2>&1', peers, name, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}
