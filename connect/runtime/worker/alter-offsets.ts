import type { Producer } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { SinkDefinition } from '../../api/sink.js';
import type { AlteredOffset, SourceDefinition } from '../../api/source.js';
import { readConfig } from '../connector-config.js';
import type { OffsetLog } from '../source/offset-log.js';
import {
  readSinkOffsets,
  readSourceOffsets,
  requireSinkShape,
  requireSourceShape,
  type WantedOffset,
  writeSinkOffsets,
  writeSourceOffsets,
} from './connector-offsets.js';
import { onGroup } from './on-group.js';
import { type ResolvedConnector, resolveConnector, runtimeOptionsOf } from './resolved-connector.js';
import type { ConfigText, ConnectorOffset } from './worker-answers.js';
import { WorkerError } from './worker-error.js';
import type { WorkerParts } from './worker-parts.js';

export interface OffsetTarget {
  readonly name: string;
  readonly config: ConfigText;
}

/** How far the connector has come, as far as the worker keeps it. */
export async function readOffsets(
  parts: WorkerParts,
  { name, config }: OffsetTarget,
): Promise<readonly ConnectorOffset[]> {
  const resolved = resolveConnector(parts, config);
  if (resolved.plugin.kind === 'sink') {
    return onGroup(parts, resolved, (log, overrides) => readSinkOffsets(log, overrides.groupId(name)));
  }
  const offsetLog = await offsetLogOf(parts, resolved);
  await offsetLog.refresh();
  return readSourceOffsets(offsetLog, name);
}

/** Changes the offsets of a stopped connector. True when nothing else holds any. Throws WorkerError for offsets that cannot be meant. */
export async function alterOffsets(
  parts: WorkerParts,
  producer: Producer,
  { name, config }: OffsetTarget,
  wanted: readonly ConnectorOffset[],
): Promise<boolean> {
  const resolved = resolveConnector(parts, config);
  const { plugin } = resolved;
  try {
    const { own } = readConfig({ name, config: resolved.config }, runtimeOptionsOf(plugin), plugin.definition.config);
    if (plugin.kind === 'source') {
      requireSourceShape(wanted);
      const isAll = await (plugin.definition as SourceDefinition).alterOffsets?.(
        own,
        wanted as readonly AlteredOffset[],
      );
      await writeSourceOffsets(producer, { offsetLog: await offsetLogOf(parts, resolved), connector: name }, wanted);
      return isAll ?? false;
    }
    return await onGroup(parts, resolved, async (log, overrides) => {
      const topicOffsets = await requireSinkShape(log, wanted);
      const isAll = await alteredInSink(parts, resolved, { name, own, wanted: topicOffsets });
      await writeSinkOffsets(log, { connector: name, groupId: overrides.groupId(name) }, topicOffsets);
      return isAll;
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new WorkerError('invalid', resolved.secrets.hidden(error.message), { cause: error });
  }
}

async function alteredInSink(
  parts: WorkerParts,
  { plugin, secrets }: ResolvedConnector,
  altered: {
    readonly name: string;
    readonly own: Readonly<Record<string, unknown>>;
    readonly wanted: readonly WantedOffset[];
  },
): Promise<boolean> {
  const logger = parts.levels.logger(`millrace.connect.${altered.name}`, text => secrets.hidden(text));
  const { alterOffsets: alter } = plugin.definition as SinkDefinition;
  return (await alter?.(altered.own, altered.wanted, { connector: altered.name, logger })) ?? false;
}

function offsetLogOf(parts: WorkerParts, { config }: ResolvedConnector): Promise<OffsetLog> {
  return parts.offsetLogs.get(String(config['offsets.storage.topic']));
}
