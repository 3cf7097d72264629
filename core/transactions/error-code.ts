import { type KafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';

export function errorCode(name: KafkaErrorName): number {
  return kafkaErrors[name].code;
}
