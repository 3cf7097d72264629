// Bugs that the exactly-once tests must see, each one line away from what the runtime does.

import { ExactlyOnce } from '../../../streams/runtime/exactly-once.js';
import type { Plants } from '../../../streams/runtime/running-app.js';
import { type CommitWork, TaskCommit } from '../../../streams/runtime/task-commit.js';

/** The offsets are committed before the changelog is written: a crash between them loses state. */
class CommitBeforeFlush extends TaskCommit {
  protected override async settle(work: CommitWork): Promise<void> {
    await this.commitOffsets(work);
    await this.flush(work);
    await this.writeStores(work);
  }
}

/** The store is written before the offsets are committed: a crash between them leaves in it what never happened. */
class StoreBeforeCommit extends TaskCommit {
  protected override async settle(work: CommitWork): Promise<void> {
    await this.flush(work);
    await this.writeStores(work);
    await this.commitOffsets(work);
  }
}

/** Offsets go without the group's generation: an instance that the group has expelled can still commit. */
class WithoutFencing extends ExactlyOnce {
  protected override group(): string {
    return this.consumer.groupMetadata().groupId;
  }
}

const bugs: Readonly<Record<string, Plants>> = {
  'commit-before-flush': { createCommit: options => new CommitBeforeFlush(options) },
  'store-before-commit': { createCommit: options => new StoreBeforeCommit(options) },
  'without-fencing': { createExactlyOnce: (...options) => new WithoutFencing(...options) },
};

export function planted(name: string | undefined): Plants {
  return name === undefined ? {} : bugs[name]!;
}
