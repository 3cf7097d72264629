import { ProtocolError } from '../../base/errors.js';
import { listTransactions } from '../../protocol/66-list-transactions.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const listTransactionsHandler = handler(listTransactions, async (node, request) => {
  const { stateFilters, producerIdFilters, durationFilter: durationFilterMs, transactionalIdPattern } = request;
  try {
    const matches = matcher(transactionalIdPattern);
    const filters = { stateFilters, producerIdFilters, durationFilterMs, matches };
    const replies = await Promise.all(
      node.transactions
        .shards()
        .map(shard => shard.run<'list-transactions'>({ kind: 'list-transactions', ...filters })),
    );
    return listTransactions.response({
      unknownStateFilters: [...new Set(replies.flatMap(reply => reply.unknownStateFilters))],
      transactionStates: replies.flatMap(reply => reply.transactionStates),
    });
  } catch (error) {
    return listTransactions.response({ errorCode: errorCode(error) });
  }
});

/** The pattern must match the whole id, as in Kafka. */
function matcher(pattern: string | null): ((transactionalId: string) => boolean) | undefined {
  if (pattern === null || pattern === '') return undefined;
  try {
    const whole = new RegExp(`^(?:${pattern})$`, 'u');
    return id => whole.test(id);
  } catch (cause) {
    throw new ProtocolError('INVALID_REGULAR_EXPRESSION', `"${pattern}" is no regular expression`, { cause });
  }
}
