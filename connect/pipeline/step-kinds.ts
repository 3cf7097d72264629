import type { StepKind } from './step-kind.js';
import { filterStep } from './steps/filter.js';
import { keyStep, timestampStep } from './steps/key.js';
import { flatMapStep, mapStep } from './steps/map.js';

/** Every word that a step may begin with. */
export const stepKinds: readonly StepKind[] = [filterStep, mapStep, flatMapStep, keyStep, timestampStep];
