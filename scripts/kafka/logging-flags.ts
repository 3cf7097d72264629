import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** Flags by which log4j of either generation writes to stderr, from `level` on, so that stdout is a program's own. */
export function loggingFlags(level: 'INFO' | 'WARN' | 'OFF'): readonly string[] {
  if (folder === undefined || !existsSync(folder)) {
    folder = mkdtempSync(join(tmpdir(), 'millrace-log4j-'));
    writeFileSync(join(folder, 'log4j2.properties'), log4j2);
    writeFileSync(join(folder, 'log4j.properties'), log4j1);
  }
  return [
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    `-Dlog4j.configuration=file:${join(folder, 'log4j.properties')}`,
    `-Dmillrace.log=${level}`,
  ];
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
