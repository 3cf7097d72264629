import type { StepKind } from './step-kind.js';
import { branchStep } from './steps/branch.js';
import { dedupeStep } from './steps/dedupe.js';
import { filterStep } from './steps/filter.js';
import { keyStep, timestampStep } from './steps/key.js';
import { lookupStep } from './steps/lookup.js';
import { flatMapStep, mapStep } from './steps/map.js';
import { transformStep } from './steps/transform.js';
import { validateStep } from './steps/validate.js';

/** Every word that a step may begin with. */
export const stepKinds: readonly StepKind[] = [
  filterStep,
  mapStep,
  flatMapStep,
  keyStep,
  timestampStep,
  validateStep,
  branchStep,
  dedupeStep,
  lookupStep,
  transformStep,
];
