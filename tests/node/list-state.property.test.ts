import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applyChanges,
  applyOwnWrite,
  type Changes,
  createListState,
  type ListState,
  type Position,
  syncPosition,
  wantsSync,
} from "../../codegen/assets/rowcast.js";
import { copy, createListModel, type ListModel, type Note } from "./support/list-model.js";

const id = fc.integer({ min: 1, max: 6 });

/** What can happen, and how often; numbers choose among what there is to choose from. */
const step = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant("put"), id }) },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant("drop"), id }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("ownPut"), id }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("ownDrop"), id }) },
  { weight: 70, arbitrary: fc.record({ kind: fc.constant("push"), id: fc.nat(3) }) },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant("sync"), id: fc.constant(0) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("beat"), id: fc.constant(0) }) },
  { weight: 150, arbitrary: fc.record({ kind: fc.constant("deliver"), id: fc.nat(4) }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("repeat"), id: fc.nat(50) }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("lose"), id: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart"), id: fc.constant(0) }) },
);
const steps = fc.array(step, { maxLength: 150, size: "max" });

type Message =
  | { type: "changes"; changes: Changes<Note> }
  | { type: "ack"; id: number; row: Note | null; position: Position };

/** A server, a client, and all that is between them, in no order. */
class World {
  readonly model: ListModel<Note> = createListModel<Note>([{ id: 1, text: "first" }]);
  state: ListState<Note> = createListState<Note>();
  private readonly wire: Message[] = [];
  private writes = 0;
  private pushed = 0;

  run(kind: string, id: number): void {
    if (kind === "put") this.model.put(this.nextNote(id));
    if (kind === "drop") this.model.drop(id);
    if (kind === "ownPut") this.writeOwn(id, this.nextNote(id));
    if (kind === "ownDrop") this.writeOwn(id, null);
    if (kind === "push") this.push(id);
    if (kind === "sync") this.answerSync();
    if (kind === "beat") this.send(this.model.changes(this.model.position().at));
    if (kind === "deliver") this.deliver(id, true);
    if (kind === "repeat") this.deliver(id, false);
    if (kind === "lose") this.wire.splice(id % Math.max(1, this.wire.length), 1);
    if (kind === "restart") this.restart();
  }

  private nextNote(id: number): Note {
    this.writes += 1;
    return { id, text: `write ${this.writes}` };
  }

  private writeOwn(id: number, row: Note | null): void {
    const position = row ? this.model.put(row) : this.model.drop(id);
    this.wire.push({ type: "ack", id, row: copy(row), position });
  }

  /** Sends the changes since the last push, or, as another server might, a few of them. */
  private push(count: number): void {
    const { at } = this.model.position();
    const to = count === 0 ? at : Math.min(at, this.pushed + count);
    this.send(this.model.changes(this.pushed, to));
    this.pushed = to;
  }

  private answerSync(): void {
    this.send(this.model.since(syncPosition(this.state)));
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
      this.state = applyChanges(before, copy(message.changes));
    } else {
      const { id, row, position } = message;
      this.state = applyOwnWrite(before, id, { row, position });
      this.expectOwnWrite(before, message);
    }
    this.expectInvariants(before);
  }

  /** When an ack has come, the list shows the write, or something at least as new. */
  private expectOwnWrite(before: ListState<Note>, ack: Message & { type: "ack" }): void {
    const reached =
      before.position?.epoch === ack.position.epoch && before.position.at >= ack.position.at;
    const newer = before.own.get(ack.id)?.position;
    const isOld = newer?.epoch === ack.position.epoch && newer.at > ack.position.at;
    if (!reached && !isOld) expect(this.state.shown.get(ack.id) ?? null).toEqual(ack.row);
  }

  /** Own writes stay until the list's position has reached them. */
  private expectOwnWritesKept(before: ListState<Note>): void {
    const { position, own } = this.state;
    for (const [id, write] of before.own) {
      if (position?.epoch !== write.position.epoch || position.at >= write.position.at) continue;
      const kept = own.get(id)?.position;
      expect(kept).toBeDefined();
      if (kept?.epoch === position.epoch) expect(kept.at).toBeGreaterThanOrEqual(write.position.at);
    }
  }

  private expectInvariants(before: ListState<Note>): void {
    const { rows, position } = this.state;
    const ids = rows.map((row) => row.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const [id, { row, position: write }] of this.state.own) {
      expect(this.state.shown.get(id) ?? null).toEqual(row);
      if (position?.epoch === write.epoch) expect(write.at).toBeGreaterThan(position.at);
    }
    this.expectOwnWritesKept(before);
    if (before.position && position?.epoch === before.position.epoch) {
      expect(position.at).toBeGreaterThanOrEqual(before.position.at);
    }
    for (const row of rows) {
      const old = before.shown.get(row.id);
      if (old?.text === row.text) expect(row).toBe(old);
    }
    if (rows !== before.rows) expect(rows).not.toEqual(before.rows);
  }
}

test("whatever is lost, repeated or reordered, one sync makes the list equal the server's", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (steps, isSynced) => {
      const world = new World();
      if (isSynced) world.state = applyChanges(world.state, world.model.since(null));
      for (const { kind, id } of steps) world.run(kind, id);
      const final = world.model.since(syncPosition(world.state));
      const state = applyChanges(world.state, copy(final));
      expect(state.rows).toEqual(world.model.rows());
      expect(state.own.size).toBe(0);
      expect(wantsSync(state)).toBe(false);
    }),
    { numRuns: 2000 },
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
  );
});
