// One socket to one broker: requests are written as they come, answers are matched in the order of the requests. The first answer that
// is late, malformed or not the next one ends the connection, as nothing behind it can be trusted; whoever waits is told why, with the broker's
// address. Whoever aborts gets its promise back at once, and the answer is dropped when it comes.

import { WorldFault } from '../../base/errors.js';
import type { Timer } from '../../ports/clock.js';
import type { Socket, SocketReceiver } from '../../ports/network.js';
import type { Ports } from '../../ports/ports.js';
import { produce } from '../../protocol/00-produce.js';
import { fetch } from '../../protocol/01-fetch.js';
import { apiVersions } from '../../protocol/18-api-versions.js';
import type { Api, RequestOf, ResponseOf } from '../../protocol/api.js';
import { GatheringWriter } from '../../protocol/gathering-writer.js';
import { writeRequest } from '../../protocol/header.js';
import { leaveBuffer, ownBuffer } from '../../records/batch-buffers.js';
import { addressText, type BrokerAddress } from './broker-address.js';
import { FrameAssembler } from './frame-assembler.js';
import type { NetworkSettings } from './network-settings.js';
import { type Question, readAnswer } from './read-answer.js';
import { heldMs } from './request-timeout.js';

export interface PipelineWatcher {
  /** Each answer that was read, before whoever asked gets it. */
  readonly onAnswer: (api: Api, response: unknown) => void;
  /** Once; the connection must not be used any more. */
  readonly onClosed: () => void;
}

interface Encoded {
  readonly pieces: readonly Uint8Array[];
  /** Those that were not copied: pieces themselves. */
  readonly batches: readonly Uint8Array[];
}

interface Pending extends Question {
  /** Sent by reference: when the answer comes, the broker has them. */
  readonly batches: readonly Uint8Array[];
  readonly deadlineMs: number;
  readonly resolve: (response: never) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

export class RequestPipeline implements SocketReceiver {
  readonly peer: string;
  readonly #ports: Ports;
  readonly #settings: NetworkSettings;
  readonly #watcher: PipelineWatcher;
  readonly #frames: FrameAssembler;
  readonly #pending: Pending[] = [];
  #socket: Socket | undefined;
  #lastAnsweredApi: Api | undefined;
  #lastCorrelationId = 0;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  /** Why nothing more can be sent. */
  #end: WorldFault | undefined;

  private constructor(ports: Ports, settings: NetworkSettings, address: BrokerAddress, watcher: PipelineWatcher) {
    this.#ports = ports;
    this.#settings = settings;
    this.peer = addressText(address);
    this.#watcher = watcher;
    this.#frames = new FrameAssembler(settings.answerBytesMax, frame => this.#answered(frame));
  }

  static async connect(
    ports: Ports,
    settings: NetworkSettings,
    to: { readonly address: BrokerAddress; readonly signal: AbortSignal; readonly watcher: PipelineWatcher },
  ): Promise<RequestPipeline> {
    const pipeline = new RequestPipeline(ports, settings, to.address, to.watcher);
    const target = { ...to.address, tls: settings.tls, signal: to.signal };
    pipeline.#socket = await ports.network.connect(target, pipeline);
    if (pipeline.#end !== undefined) throw pipeline.#end;
    return pipeline;
  }

  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves at once where the protocol has no answer (Produce with acks 0). */
  exchange<A extends Api>(
    api: A,
    version: number,
    request: RequestOf<A>,
    signal?: AbortSignal,
  ): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      if (signal?.aborted) return reject(signal.reason);
      const correlationId = this.#nextCorrelationId();
      const { pieces, batches } = this.#encode({ api, version, correlationId }, request); // throws: the promise rejects, nothing was sent
      if (!hasNoAnswer(api, request)) {
        const deadlineMs = this.#ports.clock.monotonic() + this.#settings.requestTimeoutMs + heldMs(api, request);
        const onAbort = () => reject(signal!.reason);
        signal?.addEventListener('abort', onAbort);
        this.#pending.push({ api, version, correlationId, batches, deadlineMs, resolve, reject, signal, onAbort });
        this.#watch(deadlineMs);
      }
      this.#socket!.write(pieces);
      if (hasNoAnswer(api, request)) resolve(api.response({}) as ResponseOf<A>);
    });
  }

  close(): void {
    this.#endWith(new WorldFault(`${this.peer}: the connection is closed`, { isRetriable: true }));
  }

  space(): Uint8Array {
    return this.#frames.space();
  }

  received(sizeBytes: number): void {
    if (this.#end !== undefined) return;
    try {
      this.#frames.received(sizeBytes);
    } catch (error) {
      this.#endWith(this.#fault((error as Error).message, error));
    }
  }

  closed(fault?: Error): void {
    const isNew = this.#lastAnsweredApi === undefined || this.#lastAnsweredApi.key === apiVersions.key;
    const wanted = this.#settings.tls === undefined ? 'TLS or SASL (security.protocol)' : 'SASL (sasl.mechanism)';
    const hint = isNew ? `: does its listener want ${wanted}?` : '';
    this.#endWith(
      fault instanceof WorldFault ? fault : this.#fault(`the broker has closed the connection${hint}`, fault),
    );
  }

  #nextCorrelationId(): number {
    this.#lastCorrelationId = (this.#lastCorrelationId + 1) & 0x7fffffff;
    return this.#lastCorrelationId;
  }

  #encode<A extends Api>({ api, version, correlationId }: Question<A>, request: RequestOf<A>): Encoded {
    const out = new GatheringWriter();
    out.int32(0);
    writeRequest(out, api, { apiVersion: version, correlationId, clientId: this.#settings.clientId }, request);
    out.bytes.writeInt32BE(out.sizeBytes - 4, 0);
    return { pieces: out.pieces(), batches: out.batches };
  }

  #answered(frame: Buffer): void {
    const pending = this.#pending[0];
    if (pending === undefined) throw new Error('it answers what nobody asked');
    const response = readAnswer(pending, frame);
    this.#pending.shift();
    if (pending.api.key === fetch.key) ownRecords(response as ResponseOf<typeof fetch>);
    for (const batch of pending.batches) leaveBuffer(batch);
    pending.signal?.removeEventListener('abort', pending.onAbort);
    this.#lastAnsweredApi = pending.api;
    this.#watcher.onAnswer(pending.api, response);
    pending.resolve(response as never);
  }

  /** One timer serves all requests: it is set for the first deadline, and finds out how things are when it fires. */
  #watch(deadlineMs: number): void {
    if (deadlineMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = deadlineMs;
    const delayMs = deadlineMs - this.#ports.clock.monotonic();
    this.#timer = this.#ports.clock.setTimer(delayMs, () => this.#checkDeadlines(), { isBackground: true });
  }

  #checkDeadlines(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    // The answer may have come while this process was held up: sockets have their turn first.
    void this.#ports.clock.yield().then(() => {
      const nowMs = this.#ports.clock.monotonic();
      const late = this.#pending.find(({ deadlineMs }) => deadlineMs <= nowMs);
      if (late !== undefined) {
        const { requestTimeoutMs } = this.#settings;
        this.#endWith(this.#fault(`no answer to ${late.api.name} in time (request.timeout.ms is ${requestTimeoutMs})`));
      } else for (const { deadlineMs } of this.#pending) this.#watch(deadlineMs);
    });
  }

  #fault(what: string, cause?: unknown): WorldFault {
    return new WorldFault(`${this.peer}: ${what}`, { cause, isRetriable: true });
  }

  #endWith(fault: WorldFault): void {
    if (this.#end !== undefined) return;
    this.#end = fault;
    this.#timer?.cancel();
    this.#socket?.close();
    for (const { reject, signal, onAbort } of this.#pending.splice(0)) {
      signal?.removeEventListener('abort', onAbort);
      reject(fault);
    }
    this.#watcher.onClosed();
  }
}

/** Nobody but the reader of the answer refers to its records. */
function ownRecords({ responses }: ResponseOf<typeof fetch>): void {
  ownBuffer(...responses.flatMap(({ partitions }) => partitions.flatMap(({ records }) => records)));
}

function hasNoAnswer<A extends Api>(api: A, request: RequestOf<A>): boolean {
  return api.key === produce.key && (request as RequestOf<typeof produce>).acks === 0;
}
