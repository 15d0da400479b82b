/** Calls that are sent and sent again, and what lists show of them, against a server that forgets nothing. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createListModel, type ListModel, type Note } from "../../tests/node/support/list-model.js";
import { runs } from "../../tests/node/support/property.js";
import {
  addCall,
  answerCall,
  type CallKind,
  type CallQueue,
  createCallQueue,
  cutCalls,
  dueCalls,
  markSent,
  type QueuedCall,
} from "./call-queue.js";
import type { Guess, ListState } from "./list-layers.js";
import {
  applyChanges,
  applyGuess,
  createListState,
  settleWrite,
  syncPosition,
} from "./list-state.js";
import type { Position } from "./wire.js";

const index = fc.nat(40);

/** What can happen, and how often; numbers choose among what there is to choose from. */
const step = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant("write"), index }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("call"), index }) },
  { weight: 60, arbitrary: fc.record({ kind: fc.constant("serve"), index }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("refuseBusy"), index }) },
  { weight: 60, arbitrary: fc.record({ kind: fc.constant("answer"), index }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("release"), index }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("push"), index }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("sync"), index }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("cut"), index }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("connect"), index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("restart"), index }) },
);
const steps = fc.array(step, { maxLength: 200, size: "max" });

interface TestCall extends QueuedCall {
  readonly number: number;
  /** What the server finds in the transaction, each time anew: a rejected call is not recorded. */
  readonly isWrong: boolean;
  /** What it writes, shown until it is answered. */
  readonly guess: Guess<Note>;
}

function createCall(kind: CallKind, number: number, isWrong = false): TestCall {
  const row = { id: number % 5, text: `write ${number}` };
  const guess = { id: row.id, change: () => row };
  return { kind, number, isWrong, guess, owner: {}, sends: 0, isOut: false };
}

type Code = "conflict" | "busy" | null;

interface Answer {
  readonly call: TestCall;
  readonly code: Code;
  readonly position: Position | null;
}

/** One connection, as the server sees it: what waits is carried out though the client is gone. */
interface Line {
  readonly inbox: TestCall[];
  readonly answers: Answer[];
}

/** A server, a client, and the connections between them, of which the last one is the present. */
class World {
  readonly queue: CallQueue<TestCall> = createCallQueue<TestCall>();
  readonly made: TestCall[] = [];
  /** What the client was told of its writes in the end. */
  readonly told = new Map<number, Code>();
  /** The writes that the server has carried out, in order, and all that it remembers. */
  readonly done: number[] = [];
  /** The writes whose first copy found the server busy. */
  readonly displaced = new Set<number>();
  /** Those that are to be sent again after a while. */
  private readonly held: TestCall[] = [];
  private readonly sends = new Map<number, number>();
  private readonly records = new Map<number, Answer>();
  readonly model: ListModel<Note> = createListModel<Note>();
  state: ListState<Note> = createListState<Note>();
  private lines: Line[] = [{ inbox: [], answers: [] }];

  run(kind: string, index: number): void {
    if (kind === "write") this.make(createCall(kind, this.made.length, index % 7 === 0));
    if (kind === "call") this.make(createCall(kind, this.made.length));
    if (kind === "serve") this.serve(index);
    if (kind === "refuseBusy") this.refuseBusy();
    if (kind === "answer") this.answer();
    if (kind === "push") this.push(index);
    if (kind === "sync") this.sync();
    if (kind === "release") this.release();
    if (kind === "cut") this.cut();
    if (kind === "connect") this.connect();
    // Of a process that was killed only what is in the database remains.
    if (kind === "restart") {
      this.cut();
      this.lines = [{ inbox: [], answers: [] }];
    }
    this.send();
  }

  /** Everything comes to rest: no more faults, and all that waits is done. */
  settle(): void {
    this.connect();
    for (let round = 0; this.queue.calls.length > 0; round += 1) {
      if (round > 10 * this.made.length) throw new Error("the client never comes to rest");
      for (let line = 0; line < this.lines.length; line += 1) this.run("serve", line);
      this.run("answer", 0);
      this.run("release", 0);
    }
    for (const line of this.lines) while (line.inbox.length > 0) this.take(line);
    this.sync();
  }

  sync(): void {
    const changes = this.model.since(syncPosition(this.state));
    this.state = applyChanges(this.state, changes, this.state);
  }

  /** Some of the last changes arrive, the others are lost. */
  private push(count: number): void {
    const { at } = this.model.position();
    this.state = applyChanges(this.state, this.model.changes(Math.max(0, at - count)));
  }

  private get line(): Line {
    return this.lines.at(-1) ?? { inbox: [], answers: [] };
  }

  private make(call: TestCall): void {
    this.made.push(call);
    if (call.kind === "write") this.state = applyGuess(this.state, call.guess);
    addCall(this.queue, call);
  }

  private send(): void {
    for (const call of dueCalls(this.queue)) {
      markSent(call);
      this.sends.set(call.number, (this.sends.get(call.number) ?? 0) + 1);
      this.line.inbox.push(call);
    }
  }

  private serve(choice: number): void {
    const line = this.lines[choice % this.lines.length];
    if (line) this.take(line);
  }

  /** Carries out the next call of a connection, as a real server does: once, then from memory. */
  private take(line: Line): void {
    const call = line.inbox.shift();
    if (!call) return;
    const answer = this.records.get(call.number) ?? this.carryOut(call);
    const isDone = call.kind === "write" && answer.code === null;
    if (isDone) this.records.set(call.number, answer);
    line.answers.push(answer);
  }

  private carryOut(call: TestCall): Answer {
    if (call.kind !== "write") return { call, code: null, position: null };
    if (call.isWrong) return { call, code: "conflict", position: null };
    this.done.push(call.number);
    return { call, code: null, position: this.model.put({ ...this.rowOf(call) }) };
  }

  private rowOf(call: TestCall): Note {
    return { id: Number(call.guess.id), text: `write ${call.number}` };
  }

  /** The server has no time for the last call that came: it is refused before those that wait. */
  private refuseBusy(): void {
    const call = this.line.inbox.pop();
    if (!call) return;
    if (this.sends.get(call.number) === 1) this.displaced.add(call.number);
    this.line.answers.push({ call, code: "busy", position: null });
  }

  private answer(): void {
    const answer = this.line.answers.shift();
    if (!answer) return;
    const { call, code, position } = answer;
    const isDone = answerCall(this.queue, call, code);
    if (!isDone) this.held.push(call);
    if (isDone && call.kind === "write") {
      this.told.set(call.number, code);
      const write = position && { id: call.guess.id, row: this.rowOf(call), position };
      this.state = settleWrite(this.state, write, call.guess);
    }
  }

  /** What was refused as busy is sent again. */
  private release(): void {
    for (const call of this.held.splice(0)) call.isOut = false;
  }

  private cut(): void {
    this.held.length = 0;
    cutCalls(this.queue);
  }

  private connect(): void {
    if (this.queue.isUp) return;
    this.lines.push({ inbox: [], answers: [] });
    this.queue.isUp = true;
    this.send();
  }
}

test("whatever is cut, lost or refused, each write is carried out once, in order, as was told", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const world = new World();
      for (const { kind, index } of steps) world.run(kind, index);
      world.settle();
      const writes = world.made.filter(({ kind }) => kind === "write");
      expect([...world.told.keys()].sort((a, b) => a - b)).toEqual(
        writes.map(({ number }) => number),
      );
      const accepted = writes.map(({ number }) => number).filter((n) => world.told.get(n) === null);
      // Exactly those, none twice, none of the refused ones.
      expect([...world.done].sort((a, b) => a - b)).toEqual(accepted);
      // Who is refused as busy has lost its place, also if the client never hears of it.
      const inPlace = (number: number): boolean => !world.displaced.has(number);
      expect(world.done.filter(inPlace)).toEqual(accepted.filter(inPlace));
      expect(world.state.rows).toEqual(world.model.rows());
      expect(world.state.guesses).toEqual([]);
      for (const { number, isWrong } of writes) {
        if (isWrong) expect(world.told.get(number)).not.toBeNull();
        else expect(world.told.get(number)).not.toBe("conflict");
      }
    }),
    runs(3000),
  );
}, 60_000);

/** A queue that is connected, with these calls in it. */
function queueOf(kinds: readonly CallKind[]): [CallQueue<TestCall>, readonly TestCall[]] {
  const calls = kinds.map((kind, number) => createCall(kind, number));
  const queue = createCallQueue<TestCall>();
  queue.isUp = true;
  for (const call of calls) addCall(queue, call);
  return [queue, calls];
}

function sendAll(queue: CallQueue<TestCall>): void {
  for (const call of dueCalls(queue)) markSent(call);
}

function reconnect(queue: CallQueue<TestCall>): void {
  cutCalls(queue);
  queue.isUp = true;
}

test("a sync goes ahead of all, and a call waits for the writes before it", () => {
  const kinds: CallKind[] = [...Array.from({ length: 40 }, () => "write" as const), "call", "sync"];
  const [queue, calls] = queueOf(kinds);
  const due = dueCalls(queue);
  expect(due.map(({ kind }) => kind)).toEqual(["sync", ...kinds.slice(0, 32)]);
  sendAll(queue);
  expect(dueCalls(queue)).toEqual([]);
  for (const call of calls.slice(0, 9)) expect(answerCall(queue, call, null)).toBe(true);
  expect(dueCalls(queue)).toEqual(calls.slice(32, 41));
});

test("writes that were cut off go one at a time, and keep no other call waiting", () => {
  const [queue, calls] = queueOf(["write", "write", "call"]);
  sendAll(queue);
  cutCalls(queue);
  expect(queue.calls).toEqual(calls.slice(0, 2));
  const login = createCall("call", 9);
  queue.isUp = true;
  addCall(queue, login);
  sendAll(queue);
  expect(queue.calls.filter(({ isOut }) => isOut)).toEqual([calls[0], login]);
  const first = calls[0] ?? login;
  answerCall(queue, first, null);
  expect(dueCalls(queue)).toEqual([calls[1]]);
});

test("a refusal that says nothing of an earlier copy holds the writes, and only then", () => {
  for (const code of ["busy", "unauthenticated", "forbidden"]) {
    const [queue, calls] = queueOf(["write", "write"]);
    const [first, second] = calls;
    if (!first || !second) throw new Error("there are two");
    sendAll(queue);
    expect(answerCall(queue, second, code)).toBe(true);
    expect(queue.calls).toEqual([first]);
    reconnect(queue);
    sendAll(queue);
    expect(answerCall(queue, first, code)).toBe(false);
    expect(queue.calls).toEqual([first]);
    expect(dueCalls(queue)).toEqual([]);
    first.isOut = false;
    expect(dueCalls(queue)).toEqual([first]);
    sendAll(queue);
    expect(answerCall(queue, first, "not_found")).toBe(true);
    expect(queue.calls).toEqual([]);
  }
});
