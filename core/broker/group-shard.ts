// The shell of the groups machine for one partition of __consumer_offsets: appends what it decides, and holds every answer back until
// all that was appended before is committed, its own records or not (an answer may rest on an earlier decision).
// When an append fails, the machine is dropped and rebuilt from its log; who is parked is told to look for the coordinator again.

import { ProtocolError } from '../base/errors.js';
import type { GroupsCommand, GroupsReplies } from '../groups/groups-command.js';
import type { GroupsConfig } from '../groups/groups-config.js';
import type { GroupsDecision, GroupsEffect } from '../groups/groups-decision.js';
import { GroupsMachine } from '../groups/groups-machine.js';
import type { GroupsRecord } from '../groups/groups-record.js';
import type { Timer } from '../ports/clock.js';
import type { Ports } from '../ports/ports.js';
import type { GroupNews } from './group-news.js';
import type { MachineLog } from './machine-log.js';
import { MachineReload } from './machine-reload.js';

type Kind = GroupsCommand['kind'];
type CommandOf<K extends Kind> = Extract<GroupsCommand, { readonly kind: K }>;
type Answer = Extract<GroupsEffect, { readonly kind: 'answer' }>['reply'];

/** Joins and syncs: they may be parked, and their sender is silent until it is answered. */
type MemberCommand = CommandOf<'join-group'> | CommandOf<'sync-group'>;

interface ParkedRequest {
  readonly command: MemberCommand;
  readonly resolve: (reply: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A timer that fires this much late has slept through a stall of the event loop. */
const stallMs = 50;

export class GroupShard {
  readonly #ports: Ports;
  readonly #machineLog: MachineLog<GroupsRecord>;
  readonly #options: GroupsConfig;
  readonly #news: GroupNews;
  readonly #parked = new Map<number, ParkedRequest>();
  readonly #timers = new Map<string, Timer>();
  readonly #reload = new MachineReload(storageFailed);
  #machine: GroupsMachine;
  #lastRequestId = 0;
  #isClosed = false;

  private constructor(ports: Ports, machineLog: MachineLog<GroupsRecord>, options: GroupsConfig, news: GroupNews) {
    this.#news = news;
    this.#ports = ports;
    this.#machineLog = machineLog;
    this.#options = options;
    this.#machine = new GroupsMachine(options);
  }

  /** Replays the log. `expelMembers`: those that are in it lived in a process that is gone. */
  static async open(
    ports: Ports,
    machineLog: MachineLog<GroupsRecord>,
    options: GroupsConfig,
    news: GroupNews,
  ): Promise<GroupShard> {
    const shard = new GroupShard(ports, machineLog, options, news);
    await shard.#load({ expelMembers: true });
    return shard;
  }

  /** Names a join or sync while it is parked. */
  nextRequestId(): number {
    return ++this.#lastRequestId;
  }

  /** Decides, and answers once that is committed. Throws ProtocolError when the log cannot be written. */
  async run<K extends Kind>(command: CommandOf<K>): Promise<GroupsReplies[K]> {
    while (this.#reload.running !== undefined) await this.#reload.running;
    if (this.#isClosed) throw coordinatorGone();
    if (this.#reload.failure !== undefined) throw this.#reload.failure;
    const decision = this.#decide(command) as GroupsDecision<K>;
    const parked = 'requestId' in command && decision.reply === undefined ? this.#park(command) : undefined;
    this.#perform(decision.effects);
    if (parked !== undefined) return parked as Promise<GroupsReplies[K]>;
    // A heartbeat tells nothing that is not known already, and must not be late because the disk is slow.
    if (command.kind !== 'heartbeat') await this.#committed();
    const reply = decision.reply as GroupsReplies[K];
    if ('requestId' in command) this.#restartSession(command, reply as Answer);
    return reply;
  }

  /** A heartbeat that needs no answer. False, and nothing has happened, where there is more to say than that all is well. */
  beat(command: CommandOf<'heartbeat'>): boolean {
    if (this.#isClosed || this.#reload.failure !== undefined || this.#reload.running !== undefined) return false;
    const decision = this.#machine.decide(command, this.#ports.clock.now());
    if ((decision.reply as GroupsReplies['heartbeat']).errorCode !== 0) return false;
    this.#machine.accept(decision);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#forgetVolatile();
  }

  #decide(command: GroupsCommand): GroupsDecision {
    const decision = this.#machine.decide(command, this.#ports.clock.now());
    try {
      this.#machineLog.append(decision.records);
    } catch (error) {
      // A producer or a coordinator that is fenced: nothing was written, and nothing is wrong.
      if (isFencing(error)) throw error;
      this.#lose();
      throw storageFailed(error);
    }
    this.#machine.accept(decision);
    this.#tell(decision);
    return decision;
  }

  #tell({ events }: GroupsDecision): void {
    for (const event of events) {
      if (event.kind === 'group-changed' && event.group.state.kind === 'PreparingRebalance')
        this.#news.tell(event.group.groupId);
    }
  }

  async #committed(): Promise<void> {
    try {
      await this.#machineLog.committed();
    } catch (error) {
      throw storageFailed(error);
    }
  }

  #park(command: MemberCommand): Promise<Answer> {
    return new Promise((resolve, reject) => this.#parked.set(command.requestId, { command, resolve, reject }));
  }

  /** A member could not send heartbeats while the disk kept its answer back: its session begins with the answer. */
  #restartSession({ groupId, memberId }: MemberCommand, reply: Answer): void {
    const named = 'memberId' in reply ? reply.memberId : memberId;
    const nowMs = this.#ports.clock.now();
    const events = [{ kind: 'heartbeat-received', groupId, memberId: named, nowMs }] as const;
    this.#machine.accept({ records: [], reply: undefined, effects: [], events });
  }

  #perform(effects: readonly GroupsEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'set-timer') this.#setTimer(effect.groupId, effect.atMs);
      else this.#answer(effect.requestId, effect.reply);
    }
  }

  #answer(requestId: number, reply: Answer): void {
    const request = this.#parked.get(requestId);
    if (request === undefined) return;
    this.#parked.delete(requestId);
    this.#committed().then(() => {
      this.#restartSession(request.command, reply);
      request.resolve(reply);
    }, request.reject);
  }

  #setTimer(groupId: string, atMs: number): void {
    this.#timers.get(groupId)?.cancel();
    const { clock } = this.#ports;
    // While somebody waits for a rebalance the process must live to see it end; sessions alone keep nothing alive.
    const isBackground = this.#parked.size === 0;
    const fire = () => void this.#advanceTime(groupId, atMs);
    this.#timers.set(groupId, clock.setTimer(Math.max(0, atMs - clock.now()), fire, { isBackground }));
  }

  /**
   * Nobody is expelled before the answers that the disk keeps back are given, and before heartbeats that have arrived while the
   * event loop stood still are counted.
   */
  async #advanceTime(groupId: string, dueMs: number): Promise<void> {
    const { clock } = this.#ports;
    this.#timers.delete(groupId);
    const movedToMs = this.#machine.movedDeadlineMs(groupId, clock.now());
    if (movedToMs !== undefined) return this.#setTimer(groupId, movedToMs);
    await this.#committed().catch(() => undefined);
    const turns = clock.now() - dueMs > stallMs ? 3 : 1;
    for (let turn = 0; turn < turns; turn++) await clock.yield();
    if (this.#isClosed || this.#timers.has(groupId)) return;
    await this.run({ kind: 'advance-time', groupId }).catch(() => undefined);
  }

  #lose(): void {
    this.#forgetVolatile();
    this.#reload.begin(() => this.#load({ expelMembers: false }));
  }

  #forgetVolatile(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const parked = [...this.#parked.values()];
    this.#parked.clear();
    for (const request of parked) request.reject(coordinatorGone());
  }

  async #load({ expelMembers }: { expelMembers: boolean }): Promise<void> {
    const machine = new GroupsMachine(this.#options);
    await this.#machineLog.replay(record => machine.apply(record));
    this.#machine = machine;
    const decision = machine.decide({ kind: 'reopen', expelMembers }, this.#ports.clock.now());
    try {
      this.#machineLog.append(decision.records);
      machine.accept(decision);
      this.#perform(decision.effects);
    } catch {
      // The log takes nothing: the machine stays as it was replayed, and the next command says so.
    }
  }
}

function isFencing(error: unknown): boolean {
  const isRefusal = error instanceof ProtocolError;
  return isRefusal && (error.kind === 'INVALID_PRODUCER_EPOCH' || error.kind === 'TRANSACTION_COORDINATOR_FENCED');
}

function coordinatorGone(): ProtocolError {
  return new ProtocolError('NOT_COORDINATOR', 'the group coordinator has lost or closed its log: find it again');
}

function storageFailed(cause: unknown): ProtocolError {
  return new ProtocolError('COORDINATOR_NOT_AVAILABLE', 'the log of the group coordinator cannot be written', {
    cause,
  });
}
