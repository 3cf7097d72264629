// Apache Kafka's jars, by their Maven coordinates. Maven keeps them in its own repository; what is kept here is the class path that it
// worked out, so that Maven runs once for each version.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MissingEngine } from './missing-engine.js';

export const newestKafka = '4.3.1';
/** By what people say: the release of it that is used. */
const releases: Readonly<Record<string, string>> = { '4': newestKafka, '4.3': newestKafka, '3.9': '3.9.1' };

const mavenTimeoutMs = 300_000;
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';

/** The class path of a broker with its tools, clients and Streams. Throws MissingEngine where Maven or an artifact cannot be had. */
export function kafkaClassPath(version: string = newestKafka): string {
  const release = releases[version] ?? version;
  const folder = join(cacheFolder(), `kafka-${release}`);
  const file = join(folder, 'classpath');
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim();
    if (known.split(delimiter).every(jar => existsSync(jar))) return known;
  }
  const classPath = resolve(release);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, classPath);
  renameSync(`${file}.${process.pid}`, file);
  return classPath;
}

/** MILLRACE_KAFKA_CACHE, or a folder below the user's caches. */
export function cacheFolder(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['MILLRACE_KAFKA_CACHE'] ?? join(caches, 'millrace');
}

function resolve(release: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-jars-'));
  try {
    writeFileSync(join(folder, 'pom.xml'), pom(release));
    const out = join(folder, 'classpath');
    const args = [
      '-B',
      '-q',
      '-f',
      join(folder, 'pom.xml'),
      plugin,
      '-DincludeScope=runtime',
      `-Dmdep.outputFile=${out}`,
    ];
    const { error: cause, status, stdout } = spawnSync('mvn', args, { encoding: 'utf8', timeout: mavenTimeoutMs });
    if (cause !== undefined) {
      const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      const what = isMissing
        ? 'there is no Maven (mvn): install it'
        : `Maven got no Apache Kafka ${release} in 5 minutes`;
      throw new MissingEngine(what, { cause });
    }
    if (status !== 0) throw new MissingEngine(`Maven cannot get Apache Kafka ${release}: ${firstError(stdout)}`);
    return readFileSync(out, 'utf8').trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstError(output: string): string {
  return (
    output
      .split('\n')
      .find(line => line.includes('ERROR'))
      ?.trim() ?? 'it does not say why'
  );
}

function pom(release: string): string {
  const kafka = ['kafka_2.13', 'kafka-tools', 'kafka-streams'].map(
    name => ['org.apache.kafka', name, release] as const,
  );
  const dependencies = [...kafka, ...logging(release)].map(
    ([group, name, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>millrace</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
    <dependencies>${dependencies.join('\n')}</dependencies></project>`;
}

/** Kafka's broker does not start without the logging that its release was made with. */
function logging(release: string): readonly (readonly [group: string, name: string, version: string])[] {
  if (release.startsWith('3.')) return [['org.slf4j', 'slf4j-reload4j', '1.7.36']];
  const log4j = 'org.apache.logging.log4j';
  return [
    [log4j, 'log4j-slf4j-impl', '2.25.3'],
    [log4j, 'log4j-core', '2.25.3'],
  ];
}
