import { ProtocolError } from '../base/errors.js';

/** Why a batch is refused, and which record of it that is about. */
export class RefusedRecord extends ProtocolError {
  readonly recordIndex: number;

  constructor(kind: 'INVALID_RECORD' | 'INVALID_TIMESTAMP', recordIndex: number, message: string) {
    super(kind, message);
    this.recordIndex = recordIndex;
  }
}
