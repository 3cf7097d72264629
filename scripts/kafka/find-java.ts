import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MissingEngine } from './missing-engine.js';

const oldestMajor = 17;

export interface Java {
  /** The command: `$JAVA_HOME/bin/java`, or `java` of the PATH. */
  readonly command: string;
  readonly major: number;
}

/** Throws MissingEngine where there is no JDK 17 or later. */
export function findJava(): Java {
  const home = process.env['JAVA_HOME'];
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const { stderr, status } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  const major = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  const advice = `install a JDK ${oldestMajor} or later, or set JAVA_HOME`;
  if (status !== 0) throw new MissingEngine(`there is no Java (${command}): ${advice}`);
  if (major < oldestMajor) throw new MissingEngine(`${command} is Java ${major}: ${advice}`);
  return { command, major };
}
