/** A run of producer ids that belongs to one broker. */
export interface ProducerIdBlock {
  readonly firstProducerId: number;
  readonly count: number;
}

/** Hands out producer ids one by one, from blocks that the metadata log remembers: what is left of a block is lost with the process. */
export class ProducerIds {
  readonly #allocate: () => Promise<ProducerIdBlock>;
  #next = 0;
  #end = 0;
  #allocating: Promise<void> | undefined;

  constructor(allocate: () => Promise<ProducerIdBlock>) {
    this.#allocate = allocate;
  }

  /** Rejects with ProtocolError when no block can be had. */
  async take(): Promise<number> {
    while (this.#next === this.#end) {
      this.#allocating ??= this.#takeBlock().finally(() => {
        this.#allocating = undefined;
      });
      await this.#allocating;
    }
    return this.#next++;
  }

  async #takeBlock(): Promise<void> {
    const { firstProducerId, count } = await this.#allocate();
    this.#next = firstProducerId;
    this.#end = firstProducerId + count;
  }
}
