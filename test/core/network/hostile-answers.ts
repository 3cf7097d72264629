// What an answer can look like that no broker sends: kinds of damage, and what must come of them.

import type { Random } from '../../../core/ports/random.js';
import { withLength } from './frames.js';
import type { Answer, Delivery, Mangle } from './mangling-proxy.js';

/** What must come of the requests that were sent together: all are answered, some are refused, or either. */
export type Fate = 'answered' | 'refused' | 'either';

export interface Damage {
  readonly name: string;
  readonly fate: Fate;
  /** Damages the answer at `target`, and leaves the others as they are. */
  plan(random: Random, target: number): Mangle;
}

/** Larger than what the client of the tests accepts. */
export const answerBytesMax = 1024 * 1024;

export const damages: readonly Damage[] = [
  damage('one bit flipped', 'either', (frame, random) => one(flipped(withLength(frame), random, 4))),
  damage('a bit of the length flipped', 'refused', (frame, random) => {
    const bytes = withLength(frame);
    bytes[random.below(4)]! ^= 1 << random.below(8);
    return { pieces: [bytes], ending: 'end' };
  }),
  damage('some bytes overwritten', 'either', (frame, random) => {
    const bytes = withLength(frame);
    for (let left = 1 + random.below(8); left > 0; left--) bytes[4 + random.below(frame.length)] = random.below(256);
    return one(bytes);
  }),
  damage('cut short, with a length that fits', 'refused', (frame, random) =>
    one(withLength(frame.subarray(0, random.below(frame.length)))),
  ),
  damage('with bytes behind its end', 'refused', (frame, random) =>
    one(withLength(Buffer.concat([frame, random.bytes(1 + random.below(64))]))),
  ),
  damage('ended in the middle', 'refused', (frame, random) => ({ pieces: [part(frame, random)], ending: 'end' })),
  damage('broken off in the middle', 'refused', (frame, random) => ({
    pieces: [part(frame, random)],
    ending: 'reset',
  })),
  damage('too large', 'refused', (frame, random) => one(announcing(answerBytesMax + 1 + random.below(2 ** 30), frame))),
  damage('of a negative length', 'refused', (frame, random) => one(announcing(-1 - random.below(2 ** 31), frame))),
  damage('shorter than its own head', 'refused', (frame, random) => one(announcing(random.below(4), frame))),
  damage('in another protocol', 'refused', () => one(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))),
  damage('a TLS alert', 'refused', () => one(Buffer.from([0x15, 3, 3, 0, 2, 2, 80]))),
  damage('noise', 'refused', (_, random) => ({ pieces: [random.bytes(1 + random.below(200))], ending: 'end' })),
  damage('twice', 'refused', frame => ({ pieces: [withLength(frame), withLength(frame)] })),
  damage('never', 'refused', () => ({ pieces: [] })),
  damage('announced, and never complete', 'refused', frame => one(withLength(frame).subarray(0, 4 + frame.length / 2))),
  damage('late, in time', 'answered', (frame, random) => ({
    pieces: [withLength(frame)],
    delayMs: 1 + random.below(20),
  })),
  damage('byte by byte', 'answered', frame => ({ pieces: Array.from(withLength(frame), byte => Uint8Array.of(byte)) })),
  { name: 'after the next one', fate: 'refused', plan: (_, target) => swapped(target) },
];

function damage(name: string, fate: Fate, deliver: (frame: Buffer, random: Random) => Delivery): Damage {
  return {
    name,
    fate,
    plan: (random, target) => answer => (answer.index === target ? deliver(answer.frame, random) : whole(answer)),
  };
}

function whole({ frame }: Answer): Delivery {
  return one(withLength(frame));
}

function one(bytes: Uint8Array): Delivery {
  return { pieces: [bytes] };
}

/** What is there of the frame, length included, when it is broken off; at least one byte is missing. */
function part(frame: Buffer, random: Random): Buffer {
  return withLength(frame).subarray(0, random.below(frame.length + 4));
}

function announcing(length: number, frame: Buffer): Buffer {
  const bytes = withLength(frame);
  bytes.writeInt32BE(length);
  return bytes;
}

export function flipped(bytes: Buffer, random: Random, from: number, to = bytes.length): Buffer {
  bytes[from + random.below(to - from)]! ^= 1 << random.below(8);
  return bytes;
}

function swapped(target: number): Mangle {
  let held: Buffer | undefined;
  return ({ index, frame }) => {
    if (index === target) {
      held = withLength(frame);
      return { pieces: [] };
    }
    return { pieces: index === target + 1 ? [withLength(frame), held!] : [withLength(frame)] };
  };
}
