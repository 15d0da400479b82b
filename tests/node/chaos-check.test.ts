/** That the judge of the chaos runs can find a fault. */
import { expect, test } from "vitest";
import { check } from "./chaos/check.js";
import type { Creation, Lists, Outcome, Update, Write } from "./chaos/history.js";
import { createRandom } from "./chaos/random.js";

const none = { lost: [], doubled: [], unwanted: [], diverged: [] };

function created(mark: string, outcome: Outcome): Creation {
  return { kind: "create", list: "coaches", mark, client: 0, number: 0, outcome, createdId: 1 };
}

function updated(value: string, outcome: Outcome): Update {
  return { kind: "update", id: 1, field: "picture", value, client: 0, number: 0, outcome };
}

function coaches(...rows: Record<string, unknown>[]): Lists {
  return { coaches: rows.map((row, index) => ({ id: index + 1, ...row })) };
}

/** How many faults of each kind are found. */
function count(writes: Write[], stored: Lists, shown: Record<string, Lists> = {}): object {
  const faults = check(writes, stored, shown);
  return Object.fromEntries(Object.entries(faults).map(([kind, found]) => [kind, found.length]));
}

const clean = { lost: 0, doubled: 0, unwanted: 0, diverged: 0 };

test("what was accepted must be there once, what was refused not at all", () => {
  const once = coaches({ name: "a v3" });
  const twice = coaches({ name: "a" }, { name: "a v1" });
  expect(check([created("a", "accepted")], once, {})).toEqual(none);
  expect(check([created("a", "unknown")], once, {})).toEqual(none);
  expect(check([created("a", "unknown"), created("b", "refused")], coaches(), {})).toEqual(none);
  expect(count([created("a", "accepted")], coaches())).toEqual({ ...clean, lost: 1 });
  expect(count([created("a", "unknown")], twice)).toEqual({ ...clean, doubled: 1 });
  expect(count([created("a", "refused")], once)).toEqual({ ...clean, unwanted: 1 });
});

test("what breaks a rule is neither accepted nor there", () => {
  const invalid = (outcome: Outcome): Creation => ({ ...created("a", outcome), isInvalid: true });
  const there = coaches({ name: "a" });
  expect(check([invalid("refused"), invalid("unknown")], coaches(), {})).toEqual(none);
  expect(count([invalid("accepted")], there)).toEqual({ ...clean, unwanted: 1 });
  expect(count([invalid("unknown")], there)).toEqual({ ...clean, unwanted: 1 });
});

test("an answer names the row that was made, and a user name has one owner", () => {
  const both = coaches({ name: "b", username: "u" }, { name: "a", username: "v" });
  const second = { ...created("a", "accepted"), createdId: 2 };
  expect(check([second, created("b", "accepted")], both, {})).toEqual(none);
  expect(count([created("a", "accepted")], both)).toEqual({ ...clean, lost: 1 });
  const twice = coaches({ name: "b", username: "u" }, { name: "a", username: "u" });
  expect(count([], twice)).toEqual({ ...clean, doubled: 1 });
  expect(count([], coaches({ username: null }, { username: null }))).toEqual(clean);
});

test("a field has the last accepted value, or a later one that nobody knows of", () => {
  const row = coaches({ name: "a", picture: "v2" });
  const before = updated("v1", "accepted");
  expect(check([before, updated("v2", "accepted")], row, {})).toEqual(none);
  expect(check([before, updated("v2", "unknown")], row, {})).toEqual(none);
  expect(check([updated("v2", "unknown"), updated("v3", "refused")], row, {})).toEqual(none);
  expect(count([before, updated("v2", "refused")], row)).toEqual({ ...clean, unwanted: 1 });
  const later = [updated("v2", "accepted"), updated("v3", "accepted")];
  expect(count(later, row)).toEqual({ ...clean, lost: 1 });
  expect(count([updated("v3", "accepted")], coaches())).toEqual({ ...clean, lost: 1 });
});

test("a class that was deleted is gone, and not lost", () => {
  const made: Creation = { ...created("coach 1", "accepted"), list: "schedules", createdId: 7 };
  const deleted: Write = { kind: "delete", id: 7, client: 0, number: 1, outcome: "accepted" };
  const there = { schedules: [{ id: 7, coach: { id: 1 } }] };
  expect(check([made, deleted], { schedules: [] }, {})).toEqual(none);
  expect(check([made], there, {})).toEqual(none);
  expect(count([made, deleted], there)).toEqual({ ...clean, lost: 1 });
  // Deleted, and the answer lost: sent again, it must not be told that there is no such class.
  const refused: Write = { ...deleted, outcome: "refused" };
  expect(check([made, refused], there, {})).toEqual(none);
  expect(count([made, refused], { schedules: [] })).toEqual({ ...clean, lost: 1, unwanted: 1 });
});

test("every client shows what is stored", () => {
  const stored = coaches({ name: "a" }, { name: "b" });
  expect(check([], stored, { one: stored, two: stored })).toEqual(none);
  for (const shown of [coaches({ name: "a" }), coaches({ name: "b" }, { name: "a" })]) {
    expect(count([], stored, { one: stored, two: shown })).toEqual({ ...clean, diverged: 1 });
  }
});

test("a seed repeats its decisions, and those of others do not change them", () => {
  const [one, two] = [createRandom(7), createRandom(7)];
  const fork = one.fork();
  two.fork();
  fork.below(10);
  const draw = (): number[] => [one.below(1000), two.below(1000)];
  for (let round = 0; round < 20; round += 1) {
    const [first, second] = draw();
    expect(first).toBe(second);
  }
  expect(createRandom(8).below(1_000_000)).not.toBe(createRandom(9).below(1_000_000));
});
