import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './kafka-jars.js';

/** Flags by which log4j of either generation writes to stderr, from `level` on, so that stdout is a program's own. */
export function loggingFlags(level: 'INFO' | 'WARN' | 'OFF'): readonly string[] {
  return [
    `-Dlog4j2.configurationFile=${kept('log4j2.properties', log4j2)}`,
    `-Dlog4j.configuration=file:${kept('log4j.properties', log4j1)}`,
    `-Dmillrace.log=${level}`,
  ];
}

/** One file for all processes, as those that are killed remove none. */
function kept(name: string, text: string): string {
  const path = join(cacheFolder(), name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return path;
  mkdirSync(cacheFolder(), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, text);
  renameSync(own, path);
  return path;
}

const log4j2 = `status = ERROR
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = \${sys:millrace.log:-WARN}
rootLogger.appenderRef.stderr.ref = stderr
`;

const log4j1 = `log4j.rootLogger=\${millrace.log}, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.Target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n
`;
