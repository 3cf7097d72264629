/** Changes of what has a name: those of one name are made one after the other, in the order they were asked for; those of others beside them. */
export class NameTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when all that was asked for before has ended, well or not. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(name) ?? Promise.resolve()).then(work);
    const ended: Promise<void> = done
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.#last.get(name) === ended) this.#last.delete(name);
      });
    this.#last.set(name, ended);
    return done;
  }
}
