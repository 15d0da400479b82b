import fc from "fast-check";
import { expect, test } from "vitest";
import {
  copy,
  createListModel,
  type ListModel,
  type Note,
} from "../../tests/node/support/list-model.js";
import { runs } from "../../tests/node/support/property.js";
import type { Guess, ListState } from "./list-layers.js";
import {
  applyChanges,
  applyGuess,
  createListState,
  settleWrite,
  syncKnown,
  wantsSync,
} from "./list-state.js";
import { findRow } from "./rows.js";
import type { Changes, Position } from "./wire.js";

const id = fc.integer({ min: 1, max: 6 });

/** What can happen, and how often; numbers choose among what there is to choose from. */
const step = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant("put"), id }) },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant("drop"), id }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("ownPut"), id }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("ownDrop"), id }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("guessPut"), id }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("guessDrop"), id }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("confirm"), id: fc.nat(9) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("takeBack"), id: fc.nat(9) }) },
  { weight: 70, arbitrary: fc.record({ kind: fc.constant("push"), id: fc.nat(3) }) },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant("sync"), id: fc.constant(0) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("beat"), id: fc.constant(0) }) },
  { weight: 150, arbitrary: fc.record({ kind: fc.constant("deliver"), id: fc.nat(4) }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("repeat"), id: fc.nat(50) }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("lose"), id: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart"), id: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rewind"), id: fc.nat(20) }) },
);
const steps = fc.array(step, { maxLength: 150, size: "max" });

type Message =
  | { type: "changes"; changes: Changes<Note> }
  | { type: "sync"; asked: ListState<Note>; changes: Changes<Note> }
  | { type: "ack"; id: number; row: Note | null; position: Position };

/** A guess, and whether it makes a row or a deletion. */
interface Guessed {
  readonly guess: Guess<Note>;
  readonly id: number;
  readonly text: string | null;
}

/** A server, a client, and all that is between them, in no order. */
class World {
  readonly model: ListModel<Note> = createListModel<Note>([{ id: 1, text: "first" }]);
  state: ListState<Note> = createListState<Note>();
  private readonly wire: Message[] = [];
  private readonly guessed: Guessed[] = [];
  private writes = 0;
  private pushed = 0;
  /** How many rows an answer has at most that is a part of a list. */
  partSize = Number.POSITIVE_INFINITY;
  /** Whether rows were pushed that are newer than the position they were pushed with. */
  private isAhead = false;

  /** What each kind of step does. */
  private readonly steps: Record<string, (choice: number) => void> = {
    put: (id) => this.model.put(this.nextNote(id)),
    drop: (id) => this.model.drop(id),
    ownPut: (id) => this.writeOwn(id, this.nextNote(id)),
    ownDrop: (id) => this.writeOwn(id, null),
    guessPut: (id) => this.guess(id, `guess ${this.writes}`),
    guessDrop: (id) => this.guess(id, null),
    confirm: (choice) => this.endGuess(choice, true),
    takeBack: (choice) => this.endGuess(choice, false),
    push: (count) => this.push(count),
    sync: () => this.answerSync(),
    beat: () => this.send(this.model.changes(this.model.position().at)),
    deliver: (choice) => this.deliver(choice, true),
    repeat: (choice) => this.deliver(choice, false),
    lose: (choice) => this.wire.splice(choice % Math.max(1, this.wire.length), 1),
    restart: () => this.restart(),
    rewind: (back) => this.rewind(back),
  };

  run(kind: string, id: number): void {
    this.steps[kind]?.(id);
  }

  private nextNote(id: number): Note {
    this.writes += 1;
    return { id, text: `write ${this.writes}` };
  }

  private write(id: number, row: Note | null): Position {
    return row ? this.model.put(row) : this.model.drop(id);
  }

  private writeOwn(id: number, row: Note | null): void {
    const position = this.write(id, row);
    this.wire.push({ type: "ack", id, row: copy(row), position });
  }

  /** Shows a write before it is answered: one that needs a row, or a deletion. */
  private guess(id: number, text: string | null): void {
    const change = (row: Note | undefined): Note | undefined =>
      row && text !== null ? { ...row, text } : undefined;
    const guessed = { guess: { id, change }, id, text };
    this.guessed.push(guessed);
    this.step((state) => applyGuess(state, guessed.guess));
  }

  /** Ends one of the guesses, whichever: the server accepts it, or it was refused or failed. */
  private endGuess(choice: number, isAccepted: boolean): void {
    const [guessed] = this.guessed.splice(choice % Math.max(1, this.guessed.length), 1);
    if (!guessed) return;
    const { guess, id, text } = guessed;
    const row = text === null ? null : { id, text };
    const write = isAccepted ? { id, row: copy(row), position: this.write(id, row) } : null;
    const before = this.state;
    this.step((state) => settleWrite(state, write, guess));
    if (write) this.expectOwnWrite(before, { type: "ack", ...write });
  }

  /** All that is left of a history that is lost: the client syncs with what there is now. */
  private rewind(back: number): void {
    this.wire.length = 0;
    const goal = Math.max(0, this.model.position().at - back);
    const seen = this.state.position?.at ?? 0;
    this.model.rewind(this.isAhead && seen > 0 ? Math.min(goal, seen - 1) : goal);
    this.pushed = this.model.position().at;
    this.state = this.sync(this.state);
  }

  sync(asked: ListState<Note>): ListState<Note> {
    let state = asked;
    for (let parts = 0; parts === 0 || state.part !== null; parts += 1) {
      expect(parts).toBeLessThan(20);
      state = applyChanges(state, this.model.part(syncKnown(state), this.partSize), state);
    }
    return state;
  }

  takeBackAll(): void {
    while (this.guessed.length > 0) this.endGuess(0, false);
  }

  /** Sends the changes since the last push, or, as another server might, a few of them. */
  private push(count: number): void {
    const { at } = this.model.position();
    const to = count === 0 ? at : Math.min(at, this.pushed + count);
    this.send(this.model.changes(this.pushed, to));
    this.pushed = to;
    this.isAhead ||= to < at;
  }

  private answerSync(): void {
    const changes = copy(this.model.part(syncKnown(this.state), this.partSize));
    this.wire.push({ type: "sync", asked: this.state, changes });
  }

  private send(changes: Changes<Note>): void {
    this.wire.push({ type: "changes", changes });
  }

  private restart(): void {
    this.model.restart();
    this.pushed = 0;
  }

  private deliver(choice: number, once: boolean): void {
    const index = choice % Math.max(1, this.wire.length);
    const message = this.wire[index];
    if (once) this.wire.splice(index, 1);
    if (message) this.receive(message);
  }

  private receive(message: Message): void {
    const before = this.state;
    if (message.type === "changes") {
      this.step((state) => applyChanges(state, copy(message.changes)));
    } else if (message.type === "sync") {
      this.step((state) => applyChanges(state, copy(message.changes), message.asked));
    } else {
      const { id, row, position } = message;
      this.step((state) => settleWrite(state, { id, row, position }));
      this.expectOwnWrite(before, message);
    }
  }

  private step(change: (state: ListState<Note>) => ListState<Note>): void {
    const before = this.state;
    this.state = change(before);
    this.expectInvariants(before);
  }

  /** When an ack has come, the list shows the write, or something at least as new. */
  private expectOwnWrite(before: ListState<Note>, ack: Message & { type: "ack" }): void {
    const reached =
      before.position?.epoch === ack.position.epoch && before.position.at >= ack.position.at;
    const newer = before.own.find((write) => write.id === ack.id)?.position;
    const isOld = newer?.epoch === ack.position.epoch && newer.at > ack.position.at;
    if (!reached && !isOld)
      expect(this.state.own.find((write) => write.id === ack.id)?.row).toEqual(ack.row);
  }

  /** What is shown is what the lower layers say, with the guesses over it, each in its turn. */
  private expectLayers(): void {
    const { fed, own, rows } = this.state;
    const expected = new Map<number, Note | undefined>();
    for (const id of [
      ...[...fed, ...rows].map((row) => row.id),
      ...own.map((write) => Number(write.id)),
    ]) {
      const write = own.find((write) => write.id === id);
      const told = write ? (write.row ?? undefined) : findRow(fed, id);
      const mine = this.guessed.filter((guessed) => guessed.id === id);
      expected.set(id, mine.reduce<Note | undefined>(guessedRow, told));
    }
    for (const [id, row] of expected) expect(findRow(rows, id)).toEqual(row);
  }

  /** Own writes stay until the list's position has reached them. */
  private expectOwnWritesKept(before: ListState<Note>): void {
    const { position, own } = this.state;
    for (const write of before.own) {
      if (position?.epoch !== write.position.epoch || position.at >= write.position.at) continue;
      const kept = own.find(({ id }) => id === write.id)?.position;
      expect(kept).toBeDefined();
      if (kept?.epoch === position.epoch) expect(kept.at).toBeGreaterThanOrEqual(write.position.at);
    }
  }

  private expectInvariants(before: ListState<Note>): void {
    const { rows, position } = this.state;
    const ids = rows.map((row) => row.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    this.expectLayers();
    for (const { position: write } of this.state.own) {
      if (position?.epoch === write.epoch) expect(write.at).toBeGreaterThan(position.at);
    }
    this.expectOwnWritesKept(before);
    if (before.position && position?.epoch === before.position.epoch) {
      expect(position.at).toBeGreaterThanOrEqual(before.position.at);
    }
    for (const row of rows) {
      const old = findRow(before.rows, row.id);
      if (old?.text === row.text) expect(row).toBe(old);
    }
    if (rows !== before.rows) expect(rows).not.toEqual(before.rows);
  }
}

function guessedRow(row: Note | undefined, { id, text }: Guessed): Note | undefined {
  return row && text !== null ? { id, text } : undefined;
}

test("whatever is lost, repeated or reordered, one sync makes the list equal the server's", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), fc.integer({ min: 1, max: 7 }), (steps, isSynced, size) => {
      const world = new World();
      world.partSize = size;
      if (isSynced) world.state = applyChanges(world.state, world.model.since(null));
      for (const { kind, id } of steps) world.run(kind, id);
      world.takeBackAll();
      const state = world.sync(world.state);
      expect(state.rows).toEqual(world.model.rows());
      expect(state.own).toEqual([]);
      expect(wantsSync(state)).toBe(false);
    }),
    runs(3000),
  );
}, 60_000);

test("with nothing lost or reordered, no sync is needed after the first", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 }))), (writes) => {
      const model = createListModel<Note>();
      let state = applyChanges(createListState<Note>(), model.since(null));
      for (const [isPut, id] of writes) {
        const { at } = model.position();
        if (isPut) model.put({ id, text: `at ${at}` });
        else model.drop(id);
        state = applyChanges(state, model.changes(at));
        expect(wantsSync(state)).toBe(false);
        expect(state.rows).toEqual(model.rows());
      }
    }),
    runs(1000),
  );
});
