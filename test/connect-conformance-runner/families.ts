import { configFamily } from './families/config-family.js';
import { converterFamily } from './families/converter-family.js';
import { recordFamily } from './families/record-family.js';
import { restFamily } from './families/rest-family.js';
import { valuesFamily } from './families/values-family.js';
import type { Family } from './family.js';

/** All families that are built. A new one is a file in families/, and a line here. */
export const families: readonly Family[] = [configFamily, recordFamily, converterFamily, valuesFamily, restFamily];
