// Opens a log, uses it, closes it, and must then end by itself.

import { openLog } from '../../core/open/open-log.js';
import { offsetCommit } from '../../core/protocol/08-offset-commit.js';
import { Requests } from './requests.js';

const log = await openLog(process.argv[2]!);
const requests = await Requests.on(log);
await requests.createTopic('flights');
await requests.produce('flights', 0, ['a']);
await requests.send(offsetCommit, {
  groupId: 'g',
  topics: [{ name: 'flights', partitions: [{ committedOffset: 1 }] }],
});
console.log('opened');
await log.close();
console.log('closed');
