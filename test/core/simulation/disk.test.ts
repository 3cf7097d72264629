// A copy of a disk as a death would leave it is what that death leaves, and the disk that was copied goes on as if nothing had been.

import test from 'ava';
import type { DiskFile } from '../../../core/index.js';
import {
  FaultCounts,
  SimulatedClock,
  SimulatedDisk,
  simulatedPorts,
  simulatedRandom,
} from '../../../core/simulation/index.js';

type Death = 'kill' | 'crash';

/** A disk whose chance can be replaced when the process dies. */
function diskOf(seed: string) {
  let chance = simulatedRandom(seed);
  const random = {
    below: (bound: number) => chance.below(bound),
    fraction: () => chance.fraction(),
    bytes: (count: number) => chance.bytes(count),
    fork: (name: string) => chance.fork(name),
  };
  const faults = new FaultCounts();
  const clock = new SimulatedClock();
  const disk = new SimulatedDisk({ clock, faults, random });
  const chanceOfDeath = (label: string) => {
    chance = simulatedRandom(label);
  };
  return { disk, faults, clock, chanceOfDeath };
}

/** Writes, flushes, renames and removes as chance has it; ends at the death of the process. Resolves to the number of operations. */
async function scribble(disk: SimulatedDisk, clock: SimulatedClock, seed: string): Promise<void> {
  const { disk: process } = simulatedPorts({ clock, disk, random: simulatedRandom('unused') });
  const chance = simulatedRandom(seed);
  const files: { file: DiskFile; path: string }[] = [];
  process.makeDirectory('/a/b');
  for (let step = 0; step < 60; step++) {
    const what = chance.below(8);
    const chosen = files[chance.below(Math.max(1, files.length))];
    const directory = chance.below(2) === 0 ? '/a' : '/a/b';
    if (what === 0 || chosen === undefined) {
      const path = `${directory}/${step}`;
      files.push({ file: process.open(path, 'create'), path });
    } else if (what <= 3) {
      const bytes = chance.bytes(1 + chance.below(1_500));
      chosen.file.write(bytes, 0, bytes.length, chance.below(chosen.file.sizeBytes() + 1));
    } else if (what === 4) chosen.file.flushNow();
    else if (what === 5) process.flushDirectory(directory);
    else if (what === 6) chosen.file.truncate(chance.below(chosen.file.sizeBytes() + 1));
    else if (process.exists(chosen.path)) {
      const to = `${directory}/renamed-${step}`;
      if (chance.below(3) === 0) process.removeFile(chosen.path);
      else process.rename(chosen.path, to);
    }
  }
}

/** What each death at each operation leaves, as copies taken in passing; and what the disk holds at the end. */
async function copiesOf(seed: string) {
  const { disk, clock } = diskOf(seed);
  const found: { how: Death; index: number; left: string; operation: string; lost: number }[] = [];
  let index = 0;
  disk.onOperation = (operation, path, write) => {
    for (const how of ['kill', 'crash'] as const) {
      const faults = new FaultCounts();
      const random = simulatedRandom(`${how} ${index}`);
      const copy = disk.copyAfter(how, { clock, faults, random }, write);
      const lost = faults.get('lost write') + faults.get('torn write') + faults.get('lost rename');
      found.push({ how, index, left: copy.fingerprint(), operation: `${operation} ${path}`, lost });
    }
    index++;
  };
  await scribble(disk, clock, seed);
  return { found, end: disk.fingerprint() };
}

test('a copy of a disk after a death is what is left by that death', async t => {
  let [lost, kinds] = [0, new Set<string>()];
  for (const seed of ['one', 'two', 'three']) {
    const { found } = await copiesOf(seed);
    for (const { how, index, left, operation, lost: gone } of found) {
      const { disk, clock, chanceOfDeath } = diskOf(seed);
      let passed = 0;
      disk.onOperation = () => {
        if (passed++ !== index) return;
        chanceOfDeath(`${how} ${index}`);
        disk.dieAfter(1, how);
      };
      await t.throwsAsync(scribble(disk, clock, seed), { message: /the process has died/ });
      disk[how]();
      t.is(disk.fingerprint(), left, `${how} at ${index}, ${operation}`);
      lost += gone;
      kinds = kinds.add(operation.split(' ')[0]!);
    }
  }
  t.true(lost > 50, `${lost} losses`);
  t.deepEqual([...kinds].sort(), [
    'create',
    'flush',
    'flush-directory',
    'make-directory',
    'remove',
    'rename',
    'truncate',
    'write',
  ]);
});

test('a disk that is copied goes on as one that is not', async t => {
  const { disk, clock } = diskOf('one');
  await scribble(disk, clock, 'one');
  t.is((await copiesOf('one')).end, disk.fingerprint());
  // And what is written to a copy is the copy's own.
  const world = { clock, faults: new FaultCounts(), random: simulatedRandom('copy') };
  const [before, copy] = [disk.fingerprint(), disk.copyAfter('kill', world)];
  t.is(copy.fingerprint(), before);
  const { disk: process } = simulatedPorts({ clock, disk: copy, random: simulatedRandom('copy') });
  for (const name of process.list('/a')) {
    if (name !== 'b') process.open(`/a/${name}`, 'create').write(Uint8Array.of(1, 2, 3), 0, 3, 0);
  }
  t.not(copy.fingerprint(), before);
  t.is(disk.fingerprint(), before);
});

test('a copy knows which of the files that it found were looked at', t => {
  const { disk, clock } = diskOf('one');
  const { disk: first } = simulatedPorts({ clock, disk, random: simulatedRandom('first') });
  first.makeDirectory('/a');
  for (const name of ['read', 'whole', 'measured', 'moved', 'emptied', 'ignored']) {
    first.open(`/a/${name}`, 'create').write(Uint8Array.of(1, 2, 3), 0, 3, 0);
  }
  const copy = disk.copy({ clock, faults: new FaultCounts(), random: simulatedRandom('copy') });
  const { disk: second } = simulatedPorts({ clock, disk: copy, random: simulatedRandom('second') });
  second.open('/a/read', 'read').read(new Uint8Array(1), 0, 1, 0);
  second.readFile('/a/whole');
  second.open('/a/measured', 'read').sizeBytes();
  second.rename('/a/moved', '/a/elsewhere');
  second.readFile('/a/elsewhere');
  // What was put in place of it is no news to who put it there; what was never asked for told nobody anything.
  second.open('/a/emptied', 'create').truncate(0);
  t.is(second.readFile('/a/emptied').length, 0);
  second.open('/a/ignored', 'create').write(Uint8Array.of(4), 0, 1, 0);
  second.open('/a/new', 'create').sizeBytes();
  t.deepEqual([...copy.seen()].sort(), ['/a/measured', '/a/moved', '/a/read', '/a/whole']);
  t.deepEqual(
    ['/a/read', '/a/ignored', '/a/emptied', '/a/moved', '/a/new'].filter(path => copy.holdsTheSame([path], disk)),
    ['/a/read'],
  );
  t.deepEqual(disk.seen(), []);
  t.true(disk.names().includes('/a/'));
});
