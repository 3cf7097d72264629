// A process of its own for the lock's tests: locks the directory of its argument when it reads "go", says how it went, keeps what it has
// until it reads "release". Prints one line per answer.

import { createInterface } from 'node:readline';
import { nodeDisk } from '../../../core/platform/node-disk.js';
import type { DirectoryLock } from '../../../core/ports/disk.js';

const directory = process.argv[2]!;
let lock: DirectoryLock | undefined;

createInterface({ input: process.stdin }).on('line', line => void obey(line));

async function obey(line: string): Promise<void> {
  if (line === 'go') {
    try {
      lock = await nodeDisk.lockDirectory(directory);
      console.log('held');
    } catch (cause) {
      console.log(`refused ${(cause as Error).name} ${(cause as Error).message}`);
    }
  } else {
    await lock?.release();
    lock = undefined;
    console.log('released');
  }
}
