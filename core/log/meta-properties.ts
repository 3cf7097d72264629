import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';

/** Whose data directory this is. Ids are uuids in Kafka's text form (base64url). */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: string;
}

/** Reads `meta.properties`, or writes it into a new directory. Throws UsageError when the directory is another node's. */
export function loadMetaProperties(
  ports: Ports,
  directory: string,
  wanted: { readonly clusterId?: string | undefined; readonly nodeId: number },
): MetaProperties {
  const path = `${directory}/meta.properties`;
  if (!ports.disk.exists(path)) {
    const fresh = { clusterId: wanted.clusterId ?? newUuid(ports), nodeId: wanted.nodeId, directoryId: newUuid(ports) };
    ports.disk.replaceFile(path, format(fresh));
    return fresh;
  }
  const found = parse(Buffer.from(ports.disk.readFile(path)).toString(), path);
  if (found.nodeId !== wanted.nodeId) {
    throw new UsageError(`${directory} belongs to node ${found.nodeId}, not ${wanted.nodeId}: give each node its own`);
  }
  if (wanted.clusterId !== undefined && found.clusterId !== wanted.clusterId) {
    throw new UsageError(`${directory} belongs to cluster ${found.clusterId}, not ${wanted.clusterId}`);
  }
  return found;
}

/** A random uuid (version 4) as Kafka prints it; never one that begins with a dash, which tools would take for an option. */
function newUuid({ random }: Pick<Ports, 'random'>): string {
  for (;;) {
    const bytes = Buffer.from(random.bytes(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = bytes.toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}

function format({ clusterId, nodeId, directoryId }: MetaProperties): Uint8Array {
  return Buffer.from(`version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directoryId}\n`);
}

function parse(text: string, path: string): MetaProperties {
  const value = (name: string): string => {
    const line = text.split('\n').find(candidate => candidate.startsWith(`${name}=`));
    if (line !== undefined) return line.slice(name.length + 1).trim();
    throw new UsageError(`${path} says no ${name}: restore it from a copy, or use another directory`);
  };
  return { clusterId: value('cluster.id'), nodeId: Number(value('node.id')), directoryId: value('directory.id') };
}
