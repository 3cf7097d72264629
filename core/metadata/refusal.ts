import { type KafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';

/** Why a part of a command is refused: the error, and what to tell the person who asked. */
export interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

export function refusal(name: KafkaErrorName, errorMessage: string): Refusal {
  return { errorCode: kafkaErrors[name].code, errorMessage };
}

export const noError = { errorCode: 0, errorMessage: null } as const;
