// A program for the kill -9 test: counts the words of `lines` in the log at argv[2] until its input ends, or until a failpoint kills it.

import { int64, openLog, topic } from '../../core/index.js';
import { runApp, topology, tumbling } from '../../streams/index.js';
import { lines } from './running.js';

export const counts = topic('counts', { value: int64 });

const log = await openLog(process.argv[2]!, { flush: 'os' });
const build = topology('killed');
const words = build.stream(lines).groupByKey();
words.count({ name: 'totals', backing: 'disk' }).toStream().to(counts);
words.windowedBy(tumbling('100ms', { grace: 0 })).count({ name: 'windows', backing: 'disk', retention: '1h' });
const app = await runApp(build, { log, commitInterval: '1ms' });
const summary = await app.finish();
console.log(JSON.stringify(summary));
await log.close();
