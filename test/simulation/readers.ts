import { ledgerGroup } from './ledger.js';

/** The group whose members subscribe, poll, and commit what they have read. */
export const readers = 'readers';

/** The others commit whatever they are told to. */
export const groups: readonly string[] = ['group-0', 'group-1', readers, ledgerGroup];
