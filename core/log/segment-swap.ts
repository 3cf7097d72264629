// How a compacted segment takes the place of those it was made of, so that a crash at any time leaves either the old ones or the new one:
//   1. its files are complete and flushed as `.cleaned`: whoever opens the log now drops them;
//   2. they are renamed to `.swap`, the log last: whoever opens the log now goes on with the swap;
//   3. the old ones are renamed to `.deleted`;
//   4. `.swap` becomes the plain name, the log last.
// Each step is durable before the next begins.

import type { Disk } from '../ports/disk.js';
import { lastOffset } from '../records/batch-header.js';
import { scanBatches } from './batch-scan.js';
import { fileNameOffset, offsetFileName, segmentSuffixes, suffixes } from './file-names.js';
import type { Segment } from './segment.js';

/** The log last: its name says that all are there. */
const swapped = [suffixes.offsetIndex, suffixes.timeIndex, suffixes.abortedIndex, suffixes.log] as const;

/** Gives the files of the segment at `baseOffset` another suffix, durably. */
export function renameSegment(
  disk: Disk,
  directory: string,
  baseOffset: number,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  for (const suffix of swapped) {
    const path = `${directory}/${offsetFileName(baseOffset, suffix)}`;
    if (disk.exists(path + from)) disk.rename(path + from, path + to);
  }
  disk.flushDirectory(directory);
}

/** Removes what an attempt that was given up has left. */
export function removeCleaned(disk: Disk, cleaned: Segment): void {
  for (const suffix of swapped) if (disk.exists(cleaned.path(suffix))) disk.removeFile(cleaned.path(suffix));
}

/** Ends the swaps that a crash has cut short. */
export function finishSwaps(disk: Disk, directory: string): void {
  const swapLog = suffixes.log + suffixes.swap;
  for (const name of disk.list(directory)) {
    const base = fileNameOffset(name, swapLog);
    if (base === undefined) continue;
    const end = endOffsetOf(disk, `${directory}/${name}`, base);
    for (const old of disk.list(directory)) {
      const suffix = segmentSuffixes.find(each => old.endsWith(each));
      const offset = suffix === undefined ? undefined : fileNameOffset(old, suffix);
      // The producer snapshot of a segment is right whatever became of its batches.
      const isReplaced = offset !== undefined && (offset === base || (offset > base && offset < end));
      if (isReplaced && suffix !== suffixes.snapshot) disk.removeFile(`${directory}/${old}`);
    }
    renameSegment(disk, directory, base, { from: suffixes.swap, to: '' });
  }
}

/** Behind the last batch that is left in it. What is not replaced by that, but was made of it, may stay: it says nothing that is wrong. */
function endOffsetOf(disk: Disk, path: string, base: number): number {
  const file = disk.open(path, 'read');
  try {
    let end = base;
    scanBatches(file, { from: 0, to: file.sizeBytes(), isCrcChecked: false }, (bytes, at) => {
      end = lastOffset(bytes, at) + 1;
      return true;
    });
    return end;
  } finally {
    file.close();
  }
}
