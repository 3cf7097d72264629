import { type Invariant, InvariantBroken } from '../history.js';

/** A value says of itself what it is: `producer:number:checksum`. What fails it was made by no producer, so a torn or flipped batch was served. */
export const onlySentRecordsAreServed: Invariant = {
  name: 'only-sent-records-are-served',
  check(view) {
    for (const { offset, value } of view.records) {
      if (isSentValue(value)) continue;
      throw new InvariantBroken(
        this.name,
        `${view.topic}-${view.partition}@${offset} holds ${JSON.stringify(value.slice(0, 60))}`,
      );
    }
  },
};

export function sentValue(producer: string, number: number, padding: number): string {
  const text = `${producer}:${number}:${'x'.repeat(padding)}`;
  return `${text}:${checksum(text)}`;
}

function isSentValue(value: string): boolean {
  const end = value.lastIndexOf(':');
  return end > 0 && value.slice(end + 1) === String(checksum(value.slice(0, end)));
}

function checksum(text: string): number {
  let sum = 7;
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) >>> 0;
  return sum;
}
