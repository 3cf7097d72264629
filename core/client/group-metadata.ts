/** What a consumer is to its group now: sent along when a transaction commits its offsets, so that a member that was expelled cannot (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string;
  /** -1 for somebody who is in no generation of the group. The member epoch under `groupProtocol: 'consumer'`. */
  readonly generationId: number;
  /** Empty for somebody who is no member. */
  readonly memberId: string;
  readonly groupInstanceId?: string | null;
}
