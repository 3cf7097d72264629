// What a power cut leaves of a write that was not flushed: nothing, a part, or all of it; what the disk held before comes back in the sectors that
// were not written.

import type { Random } from '../ports/random.js';
import type { Content } from './content.js';
import type { FaultCounts } from './faults.js';
import type { Change } from './simulated-file.js';

const sectorBytes = 512;

export interface WriteChance {
  readonly random: Random;
  readonly faults: FaultCounts;
}

/** What is left of it; undefined: nothing. */
export function fateOf(
  write: Extract<Change, { kind: 'write' }>,
  durable: Content,
  { random, faults }: WriteChance,
): Uint8Array | undefined {
  const fate = random.below(3);
  if (fate === 2) return write.bytes;
  faults.count(fate === 0 ? 'lost write' : 'torn write');
  if (fate === 0) return undefined;
  const bytes = write.bytes.slice(0, random.below(2) === 0 ? random.below(write.bytes.length + 1) : undefined);
  if (random.below(2) === 0 && bytes.length > sectorBytes) {
    const hole = random.below(Math.ceil(bytes.length / sectorBytes)) * sectorBytes;
    const before = durable.read(write.position + hole, Math.min(sectorBytes, bytes.length - hole));
    bytes.fill(0, hole, hole + sectorBytes);
    bytes.set(before, hole);
  }
  // A sector that held the same already cannot come out wrong; only what is new may.
  const isNew = write.position >= durable.sizeBytes;
  if (isNew && random.below(3) === 0 && bytes.length > 0) {
    faults.count('flipped bit');
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  }
  return bytes;
}
