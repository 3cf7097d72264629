import type { Log, NewTopic } from '../../../core/index.js';
import { OffsetLog } from './offset-log.js';

/** The topics of source offsets that connectors of one process use: each is read once, however many connectors share it. */
export class OffsetLogs {
  readonly #log: Log;
  readonly #template: Omit<NewTopic, 'name'>;
  readonly #opened = new Map<string, Promise<OffsetLog>>();

  /** `template`: for making a topic that is missing. */
  constructor(log: Log, template: Omit<NewTopic, 'name'> = {}) {
    this.#log = log;
    this.#template = template;
  }

  get(topic: string): Promise<OffsetLog> {
    let opened = this.#opened.get(topic);
    if (opened === undefined) {
      opened = OffsetLog.open(this.#log, { ...this.#template, name: topic });
      // A failure is told to whoever asked, and tried anew by the next.
      opened.catch(() => this.#opened.delete(topic));
      this.#opened.set(topic, opened);
    }
    return opened;
  }
}
