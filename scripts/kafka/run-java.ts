import { spawn } from 'node:child_process';
import { findJava } from './find-java.js';
import { kafkaClassPath } from './kafka-jars.js';
import { loggingFlags } from './logging-flags.js';

export interface JavaRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export interface RunJavaOptions {
  readonly version?: string;
  readonly input?: string;
  /** The process is killed afterwards; default ten minutes, as a busy machine needs two for what takes seconds. */
  readonly timeoutMs?: number;
}

/** What a short-lived JVM needs: a quick start, not speed. */
const flags = ['-Xmx512M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

/**
 * Runs a class of Kafka's class path, or a single source file (`Probe.java`), to its end. Throws MissingEngine where there is no Java or
 * Kafka; a failed run is for the caller to see in `status`.
 */
export async function runJava(
  program: string,
  args: readonly string[],
  options: RunJavaOptions = {},
): Promise<JavaRun> {
  const { command } = findJava();
  const classPath = kafkaClassPath(options.version);
  const { timeoutMs: timeout = 600_000 } = options;
  const child = spawn(command, [...flags, ...loggingFlags('WARN'), '-cp', classPath, program, ...args], {
    timeout,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // it may end without having read its input
  child.stdin.end(options.input ?? '');
  return await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', status => resolve({ stdout, stderr, status }));
  });
}
