import type { Disk } from '../ports/disk.js';

/** Removes a partition's directory: files, one level deep. */
export function removeTree(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) disk.removeFile(`${directory}/${name}`);
  disk.removeDirectory(directory);
}
