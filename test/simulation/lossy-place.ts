import { WorldFault } from '../../core/base/errors.js';
import type { Place } from '../../core/client/place.js';
import type { Connection } from '../../core/protocol/connection.js';
import type { FaultCounts } from '../../core/simulation/faults.js';

/** A way to the broker on which requests, or the answers to requests that were carried out, now and then get lost; the connection with them. */
export class LossyPlace implements Place {
  readonly url: string;
  private readonly place: Place;
  private readonly faults: FaultCounts;
  private losses: ('request' | 'answer')[] = [];

  constructor(place: Place, faults: FaultCounts) {
    this.url = place.url;
    this.place = place;
    this.faults = faults;
  }

  loseNext(what: 'request' | 'answer', count: number): void {
    for (let index = 0; index < count; index++) this.losses.push(what);
  }

  async connect(): Promise<Connection> {
    const connection = await this.place.connect();
    let isBroken = false;
    return {
      send: async (api, request, options) => {
        if (isBroken) throw lost('the connection');
        const loss = this.losses.shift();
        isBroken = loss !== undefined;
        if (loss !== undefined) this.faults.count(`lost ${loss}`);
        if (loss === 'request') throw lost('a request');
        const answer = await connection.send(api, request, options);
        if (loss === 'answer' || isBroken) throw lost('an answer');
        return answer;
      },
      close: () => connection.close(),
    };
  }
}

function lost(what: string): WorldFault {
  return new WorldFault(`${what} was lost`, { isRetriable: true });
}
