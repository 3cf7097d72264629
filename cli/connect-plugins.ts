// The connectors that a worker started by the command line can run: our own, also under the names that configurations for Kafka Connect know, and those of
// the user, which only its configuration and its command line can name: nobody loads code into a worker over REST.

import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { ConnectorPlugin } from '../connect/index.js';
import { InvalidInput } from './exit-code.js';
import { loadModule } from './load-module.js';

type Definition = ConnectorPlugin['definition'];

export async function ownPlugins(): Promise<readonly ConnectorPlugin[]> {
  const { fileSink, fileSource, fileStreamSink, fileStreamSource } = await import('../connectors/file/index.js');
  const { postgresSink, postgresSource } = await import('../connectors/postgres/index.js');
  const { redisSink, redisSource } = await import('../connectors/redis/index.js');
  return [
    plugin('millrace.FileSource', fileSource, []),
    plugin('millrace.FileSink', fileSink, []),
    plugin('org.apache.kafka.connect.file.FileStreamSourceConnector', fileStreamSource, []),
    plugin('org.apache.kafka.connect.file.FileStreamSinkConnector', fileStreamSink, []),
    plugin('millrace.PostgresSource', postgresSource, ['io.confluent.connect.jdbc.JdbcSourceConnector']),
    plugin('millrace.PostgresSink', postgresSink, [
      'io.confluent.connect.jdbc.JdbcSinkConnector',
      'io.debezium.connector.jdbc.JdbcSinkConnector',
      'io.aiven.connect.jdbc.JdbcSinkConnector',
    ]),
    plugin('millrace.RedisSource', redisSource, []),
    plugin('millrace.RedisSink', redisSink, [
      'com.redis.kafka.connect.RedisSinkConnector',
      'com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector',
    ]),
  ];
}

/** The connectors of a user's module: `./my-connector.js`, meant from `folder`, or the name of an npm package that is installed there. */
export async function loadPlugins(specifier: string, folder: string): Promise<readonly ConnectorPlugin[]> {
  const exports = Object.entries(
    await loadModule(isPath(specifier) ? resolve(folder, specifier) : located(specifier, folder)),
  );
  const found = exports.filter((entry): entry is [string, Definition] => isDefinition(entry[1]));
  if (found.length === 0) {
    const names = exports.map(([name]) => name).join(', ') || 'nothing';
    throw new InvalidInput(
      `${specifier} exports no connector (it exports: ${names}): make one with defineSource or defineSink`,
    );
  }
  const distinct = found.filter(([, definition], at) => found.findIndex(([, other]) => other === definition) === at);
  return distinct.map(([name, definition]) =>
    distinct.length === 1
      ? plugin(specifier, definition, [definition.name])
      : plugin(`${specifier}#${name}`, definition, [definition.name]),
  );
}

/** Whether a `connector.class` names a file. */
export function isPath(connectorClass: string): boolean {
  return /^(\.{1,2})?\//.test(connectorClass);
}

function plugin(name: string, definition: Definition, aliases: readonly string[]): ConnectorPlugin {
  return { class: name, aliases, version: definition.version, kind: definition.kind, definition };
}

function isDefinition(value: unknown): value is Definition {
  const { kind, start, config } = (value ?? {}) as Partial<Definition>;
  return (kind === 'source' || kind === 'sink') && typeof start === 'function' && typeof config === 'object';
}

function located(name: string, folder: string): string {
  const from = createRequire(join(resolve(folder), 'package.json'));
  try {
    return from.resolve(name);
  } catch {
    throw new InvalidInput(
      `there is no package ${name} at ${dirname(join(resolve(folder), 'x'))}: npm install ${name}, or write a path such as ./my-connector.js`,
    );
  }
}
