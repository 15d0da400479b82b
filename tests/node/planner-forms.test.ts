/** The planner's own rules, without a page: how a form takes what others change, and what is told of it. */
import { expect, test } from "vitest";
import {
  changedFields,
  type Draft,
  takeTheirs,
} from "../../examples/crossfit/web/src/forms/merge.js";
import { findChanges } from "../../examples/crossfit/web/src/live/changes.js";
import { webAddress } from "../../examples/crossfit/web/src/moves/web-address.js";
import { showHour, shownHours } from "../../examples/crossfit/web/src/schedule/week.js";

type Values = { name: string; moves: readonly number[] };

const base: Values = { name: "Rose", moves: [1, 2] };

function draft(mine: Values): Draft<Values> {
  return { base, mine, conflicts: {} };
}

test("what was not changed here is taken from the others", () => {
  const theirs = { name: "Rosa", moves: [2] };
  expect(takeTheirs(draft(base), theirs)).toEqual({ base: theirs, mine: theirs, conflicts: {} });
});

test("what was changed here stays, and is a conflict only if they changed it too", () => {
  const mine = { name: "Rosie", moves: [1, 2] };
  const both = takeTheirs(draft(mine), { name: "Rosa", moves: [2] });
  expect(both.mine).toEqual({ name: "Rosie", moves: [2] });
  expect(both.conflicts).toEqual({ name: "Rosa" });
  expect(changedFields(both.base, both.mine)).toEqual(["name"]);
  expect(takeTheirs(draft(mine), { name: "Rose", moves: [2] }).conflicts).toEqual({});
});

test("a conflict ends when both have made the same of a field", () => {
  const mine = { name: "Rosie", moves: [1, 2] };
  const first = takeTheirs(draft(mine), { name: "Rosa", moves: [1, 2] });
  expect(takeTheirs(first, { name: "Rosie", moves: [1, 2] }).conflicts).toEqual({});
});

test("the changes of a list are told by kind", () => {
  const [kept, old] = [{ id: 1 }, { id: 2, name: "before" }];
  const put = { id: 2, name: "after" };
  expect(findChanges([kept, old, { id: 3 }], [kept, put, { id: 4 }])).toEqual([
    { kind: "changed", row: put },
    { kind: "added", row: { id: 4 } },
    { kind: "deleted", row: { id: 3 } },
  ]);
});

test("only addresses of the web are links", () => {
  expect(webAddress("https://example.org/a")).toBe("https://example.org/a");
  for (const other of ["javascript:alert(1)", "data:text/html,x", "no address", "", null]) {
    expect(webAddress(other)).toBeNull();
  }
});

test("hours are shown as clocks do, however they are written", () => {
  expect(["900", "0900", "1700", "000"].map(showHour)).toEqual([
    "09:00",
    "09:00",
    "17:00",
    "00:00",
  ]);
  const early = { id: 1, day: "Monday", hour: "0600", coach: {}, workout_plan: {} };
  expect(shownHours([early as never])[0]).toBe("600");
});
