// The simulated twin of core/ports/random.ts: xoshiro128**, seeded by FNV-1a of its label, so that a fork depends on nothing but its name and seed.

import type { Random } from '../ports/random.js';

export function simulatedRandom(seed: string | number): Random {
  const label = String(seed);
  const state = [0, 1, 2, 3].map(lane => hash(`${label}/${lane}`)) as [number, number, number, number];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return result;
  };
  return {
    below: bound => Math.floor((next() / 2 ** 32) * bound),
    fraction: () => next() / 2 ** 32,
    bytes: count => Uint8Array.from({ length: count }, () => next() & 0xff),
    fork: name => simulatedRandom(`${label}/${name}`),
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  // One more round of mixing, as neighbouring labels differ in their last character only.
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) | 1;
}
