/** A task's wish that its offsets be committed soon. */
export class CommitRequest {
  #isMade = false;

  make(): void {
    this.#isMade = true;
  }

  /** Whether there was one since the last call. */
  take(): boolean {
    const wasMade = this.#isMade;
    this.#isMade = false;
    return wasMade;
  }
}
