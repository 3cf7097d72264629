import { didYouMean } from '../../core/index.js';
import { Cron, sixFields } from '../runtime/source/cron.js';
import type { FaultList } from './fault-list.js';
import type { ScheduleSpec } from './pipeline-shape.js';

const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Notes what is wrong with a schedule. `field`: the name under which the expression stands, where it does not stand alone. */
export async function requireSchedule(
  schedule: ScheduleSpec,
  field: 'cron' | undefined,
  faults: FaultList,
): Promise<void> {
  const path = field === undefined ? ['schedule'] : ['schedule', field];
  if (schedule.timezone !== undefined && !isTimezone(schedule.timezone)) {
    const near = didYouMean(schedule.timezone, Intl.supportedValuesOf('timeZone'));
    faults.add(['schedule', 'timezone'], `there is no time zone "${schedule.timezone}"${near}`);
    return;
  }
  try {
    const cron = await Cron.parse(schedule.cron, schedule.timezone);
    // Any moment does: an expression that fires at all does so within the years that are looked at.
    if (cron.nextAfter(0) === undefined) faults.add(path, `"${schedule.cron}" never fires`);
    const [, , , dayOfMonth, , dayOfWeek] = sixFields(schedule.cron);
    if (![dayOfMonth, dayOfWeek].some(days => days === '*' || days === '?'))
      faults.warn(path, 'fires when day of month and day of week both match (other crons: when one of them does)');
  } catch (error) {
    const hint = schedule.cron.startsWith('@') ? didYouMean(schedule.cron, nicknames) : '';
    faults.add(path, `"${schedule.cron}" is no cron expression: ${(error as Error).message}${hint}`);
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
