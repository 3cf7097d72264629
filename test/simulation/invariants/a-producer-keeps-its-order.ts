import { type Invariant, InvariantBroken } from '../history.js';

/** Values are `producer:number`: in one partition the numbers of one producer rise, so none is out of order and none is there twice. */
export const aProducerKeepsItsOrder: Invariant = {
  name: 'a-producer-keeps-its-order',
  check(view) {
    const last = new Map<string, number>();
    for (const { offset, value } of view.records) {
      const [producer, number] = value.split(':') as [string, string];
      const previous = last.get(producer) ?? -1;
      if (Number(number) <= previous) {
        throw new InvariantBroken(
          this.name,
          `${view.topic}-${view.partition}@${offset} holds ${value} after ${producer}:${previous}`,
        );
      }
      last.set(producer, Number(number));
    }
  },
};
