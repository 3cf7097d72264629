import type { Command } from 'commander';
import { addDlqDiscard } from './discard.js';
import { addDlqList } from './list.js';
import { addDlqReplay } from './replay.js';
import { addDlqShow } from './show.js';

/** `millrace dlq ...`: the records that connectors kept aside, over the log itself. */
export function addDlq(root: Command): void {
  const dlq = root.command('dlq').description('look at dead letters of connectors, and replay or discard them');
  addDlqList(dlq);
  addDlqShow(dlq);
  addDlqReplay(dlq);
  addDlqDiscard(dlq);
}
