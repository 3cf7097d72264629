// A process that produces numbers, a batch each, and prints every number that was acknowledged; it never ends by itself.

import { openLog } from '../../core/open/open-log.js';
import { Requests } from './requests.js';

const log = await openLog(process.argv[2]!);
const requests = await Requests.on(log);
if ((await requests.topicId('flights')) === 'AAAAAAAAAAAAAAAAAAAAAA') {
  await requests.createTopic('flights', 1, { 'segment.bytes': '5000' });
}
for (let next = await requests.offsetAt('flights', -1); ; next++) {
  const offset = await requests.produce('flights', 0, [String(next)]);
  if (offset !== next) throw new Error(`${next} went to offset ${offset}`);
  process.stdout.write(`${next}\n`);
}
