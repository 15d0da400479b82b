import { describe, expect, test } from "vitest";
import type { Note } from "../../tests/node/support/list-model.js";
import type { Guess, ListState } from "./list-layers.js";
import {
  applyChanges,
  applyGuess,
  createListState,
  settleWrite,
  syncPosition,
  wantsSync,
} from "./list-state.js";
import { findRow } from "./rows.js";
import type { Changes } from "./wire.js";

const note = (id: number, text = `note ${id}`): Note => ({ id, text });

function whole(to: number, put: Note[], epoch = "e"): Changes<Note> {
  return { epoch, from: null, to, put, dropped: [] };
}

function part(from: number, to: number, put: Note[] = [], dropped: number[] = []): Changes<Note> {
  return { epoch: "e", from, to, put, dropped };
}

function stateAfter(...changes: Changes<Note>[]): ListState<Note> {
  const apply = (state: ListState<Note>, next: Changes<Note>) => applyChanges(state, next);
  return changes.reduce(apply, createListState<Note>());
}

const at = (position: number, epoch = "e") => ({ epoch, at: position });

describe("changes", () => {
  test("a new list has no rows and wants all of them", () => {
    const state = createListState<Note>();
    expect(state.rows).toEqual([]);
    expect(wantsSync(state)).toBe(true);
    expect(syncPosition(state)).toBeNull();
  });

  test("a whole list replaces everything", () => {
    const state = stateAfter(whole(3, [note(1), note(2)]), whole(5, [note(2), note(3)]));
    expect(state.rows).toEqual([note(2), note(3)]);
    expect(syncPosition(state)).toEqual(at(5));
    expect(wantsSync(state)).toBe(false);
  });

  test("changes in order insert, change and drop rows", () => {
    const state = stateAfter(
      whole(0, [note(1), note(2)]),
      part(0, 1, [note(3)]),
      part(1, 3, [note(1, "new")], [2]),
    );
    expect(state.rows).toEqual([note(1, "new"), note(3)]);
    expect(state.position).toEqual(at(3));
  });

  test("a repeat changes nothing, not even the arrays", () => {
    const state = stateAfter(whole(0, [note(1)]), part(0, 1, [], [1]));
    expect(applyChanges(state, part(0, 1, [], [1]))).toBe(state);
    for (const repeat of [whole(0, [note(1)]), whole(1, [])]) {
      const next = applyChanges(state, repeat);
      expect(next).toEqual(state);
      expect(next.rows).toBe(state.rows);
    }
  });

  test("changes that overlap with what is known are applied", () => {
    const state = stateAfter(whole(2, [note(1)]), part(0, 4, [note(1, "new"), note(4)]));
    expect(state.rows).toEqual([note(1, "new"), note(4)]);
    expect(state.position).toEqual(at(4));
  });

  test("a gap asks for a sync from the position reached, and shows nothing of it", () => {
    const state = stateAfter(whole(2, [note(1)]), part(3, 4, [note(4)]));
    expect(state.rows).toEqual([note(1)]);
    expect(wantsSync(state)).toBe(true);
    expect(syncPosition(state)).toEqual(at(2));
  });

  test("what came early is applied once the gap is filled", () => {
    const early = [part(5, 6, [note(6)]), part(3, 5, [note(5)])];
    const state = stateAfter(whole(2, []), ...early, part(2, 3, [note(3)]));
    expect(state.rows).toEqual([note(3), note(5), note(6)]);
    expect(state.position).toEqual(at(6));
    expect(wantsSync(state)).toBe(false);
  });

  test("changes that overtake the first whole list are not lost", () => {
    const state = stateAfter(part(7, 8, [note(8)]), whole(7, [note(1)]));
    expect(state.rows).toEqual([note(1), note(8)]);
    expect(wantsSync(state)).toBe(false);
  });

  test("a beat beyond the position asks for a sync; one at the position does not", () => {
    expect(wantsSync(stateAfter(whole(2, []), part(2, 2)))).toBe(false);
    const behind = stateAfter(whole(2, []), part(3, 3));
    expect(wantsSync(behind)).toBe(true);
    expect(wantsSync(applyChanges(behind, part(2, 3, [note(3)])))).toBe(false);
  });

  test("another epoch asks for all of the list, and keeps the rows until it is there", () => {
    const foreign = { ...part(2, 3, [note(9)]), epoch: "f" };
    const state = stateAfter(whole(2, [note(1)]), foreign);
    expect(state.rows).toEqual([note(1)]);
    expect(wantsSync(state)).toBe(true);
    expect(syncPosition(state)).toBeNull();
    const synced = applyChanges(state, whole(3, [note(7)], "f"));
    expect(synced.rows).toEqual([note(7)]);
    expect(syncPosition(synced)).toEqual(at(3, "f"));
    expect(wantsSync(synced)).toBe(false);
  });

  test("a whole list that is known already still tells which epoch counts", () => {
    const old = { ...part(0, 1, [note(9)]), epoch: "old" };
    const state = stateAfter(whole(2, [note(1)]), old);
    expect(syncPosition(state)).toBeNull();
    const synced = applyChanges(state, whole(2, [note(1)]));
    expect(wantsSync(synced)).toBe(false);
    expect(synced.rows).toBe(state.rows);
  });

  test("sync answers that overtake each other leave the newer one", () => {
    const newer = stateAfter(whole(1, [note(1)]), part(1, 4, [note(4)]), part(1, 3, [note(3)]));
    expect(newer.rows).toEqual([note(1), note(4)]);
    expect(newer.position).toEqual(at(4));
  });

  test("early changes are bounded", () => {
    const many = Array.from({ length: 1000 }, (_, i) => part(i + 10, i + 11, [note(i)]));
    const state = stateAfter(whole(0, []), ...many);
    expect(state.early.length).toBeLessThanOrEqual(100);
    expect(wantsSync(state)).toBe(true);
    expect(wantsSync(applyChanges(state, part(0, 1010)))).toBe(false);
  });
});

describe("own writes", () => {
  const listed = stateAfter(whole(5, [note(1), note(3)]));

  test("are shown at once", () => {
    const created = settleWrite(listed, { id: 2, row: note(2), position: at(8) });
    expect(created.rows).toEqual([note(1), note(2), note(3)]);
    const dropped = settleWrite(created, { id: 1, row: null, position: at(9) });
    expect(dropped.rows).toEqual([note(2), note(3)]);
    expect(wantsSync(dropped)).toBe(false);
  });

  test("are kept against older changes and older whole lists", () => {
    let state = settleWrite(listed, { id: 1, row: note(1, "mine"), position: at(8) });
    state = settleWrite(state, { id: 3, row: null, position: at(9) });
    state = applyChanges(state, part(5, 7, [note(1, "older"), note(3, "older")]));
    expect(state.rows).toEqual([note(1, "mine")]);
    state = applyChanges(state, whole(7, [note(1, "older"), note(3, "older")]));
    expect(state.rows).toEqual([note(1, "mine")]);
  });

  test("give way to the list once its position has reached them", () => {
    let state = settleWrite(listed, { id: 1, row: note(1, "mine"), position: at(8) });
    state = applyChanges(state, part(5, 9, [note(1, "theirs, later")]));
    expect(state.rows).toEqual([note(1, "theirs, later"), note(3)]);
    expect(state.own).toEqual([]);
  });

  test("that the list contains already change nothing", () => {
    const next = settleWrite(listed, { id: 1, row: note(1, "old"), position: at(5) });
    expect(next).toEqual(listed);
    expect(next.rows).toBe(listed.rows);
    expect(next.own).toBe(listed.own);
  });

  test("answered in another order leave the newest; at one position the last", () => {
    let state = settleWrite(listed, { id: 1, row: note(1, "second"), position: at(9) });
    state = settleWrite(state, { id: 1, row: note(1, "first"), position: at(8) });
    expect(state.rows[0]?.text).toBe("second");
    state = settleWrite(state, { id: 1, row: note(1, "third"), position: at(9) });
    expect(state.rows[0]?.text).toBe("third");
  });

  test("before the first whole list are shown, and kept if it is older", () => {
    let state = settleWrite(createListState<Note>(), { id: 9, row: note(9), position: at(4) });
    expect(state.rows).toEqual([note(9)]);
    state = applyChanges(state, whole(3, [note(1)]));
    expect(state.rows).toEqual([note(1), note(9)]);
    expect(applyChanges(state, part(3, 4, [note(9)])).own).toEqual([]);
  });

  test("of an earlier epoch end with it; of a later one ask for all of the list", () => {
    const mine = settleWrite(listed, { id: 9, row: note(9), position: at(8) });
    expect(applyChanges(mine, whole(0, [note(1)], "f")).rows).toEqual([note(1)]);
    const later = settleWrite(listed, { id: 9, row: note(9), position: at(2, "f") });
    expect(later.rows).toEqual([note(1), note(3), note(9)]);
    expect(wantsSync(later)).toBe(true);
    expect(syncPosition(later)).toBeNull();
    expect(applyChanges(later, whole(1, [], "f")).rows).toEqual([note(9)]);
  });
});

describe("guesses", () => {
  const listed = stateAfter(whole(5, [note(1), note(2), note(3)]));
  const append = (id: number, text: string): Guess<Note> => {
    return { id, change: (row) => row && { ...row, text: `${row.text}${text}` } };
  };
  const remove = (id: number): Guess<Note> => ({ id, change: () => undefined });

  test("of one row lie on each other, and end each by itself", () => {
    const [a, b] = [append(1, " a"), append(1, " b")];
    const both = applyGuess(applyGuess(listed, a), b);
    expect(both.rows[0]?.text).toBe("note 1 a b");
    expect(settleWrite(both, null, a).rows[0]?.text).toBe("note 1 b");
    expect(settleWrite(both, null, b).rows[0]?.text).toBe("note 1 a");
    const none = settleWrite(settleWrite(both, null, a), null, b);
    expect(none.rows[0]).toBe(listed.rows[0]);
    expect(none.guesses).toEqual([]);
  });

  test("give way to the acknowledged row in one step, without a change if it was right", () => {
    const guess = append(1, "!");
    const guessed = applyGuess(listed, guess);
    const write = { id: 1, row: note(1, "note 1!"), position: at(6) };
    const settled = settleWrite(guessed, write, guess);
    expect(settled.rows).toBe(guessed.rows);
    expect(applyChanges(settled, part(5, 6, [note(1, "note 1!")])).rows).toBe(guessed.rows);
    const other = settleWrite(guessed, { ...write, row: note(1, "the server's") }, guess);
    expect(other.rows[0]?.text).toBe("the server's");
  });

  test("lie over what arrives meanwhile", () => {
    const guess = append(1, "!");
    const fed = applyChanges(applyGuess(listed, guess), part(5, 6, [note(1, "theirs")]));
    expect(fed.rows[0]?.text).toBe("theirs!");
    expect(settleWrite(fed, null, guess).rows[0]?.text).toBe("theirs");
    const gone = applyChanges(applyGuess(listed, guess), part(5, 6, [], [1]));
    expect(gone.rows).toEqual([note(2), note(3)]);
  });

  test("of a deletion bring the row back in its place", () => {
    const guess = remove(2);
    const guessed = applyGuess(listed, guess);
    expect(guessed.rows).toEqual([note(1), note(3)]);
    expect(findRow(guessed.rows, 2)).toBeUndefined();
    const back = settleWrite(guessed, null, guess);
    expect(back.rows).toEqual(listed.rows);
    expect(back.rows[1]).toBe(listed.rows[1]);
    const deleted = settleWrite(guessed, { id: 2, row: null, position: at(6) }, guess);
    expect(deleted.rows).toBe(guessed.rows);
  });

  test("of a new row show it in its place, and take it away again", () => {
    const guess = { id: 2.5, change: () => note(2.5, "new") };
    const guessed = applyGuess(listed, guess);
    expect(guessed.rows.map(({ id }) => id)).toEqual([1, 2, 2.5, 3]);
    expect(settleWrite(guessed, null, guess).rows).toEqual(listed.rows);
  });

  test("keep the other rows, and their own until it changes", () => {
    const guessed = applyGuess(listed, append(1, "!"));
    expect(guessed.rows[1]).toBe(listed.rows[1]);
    const fed = applyChanges(guessed, part(5, 6, [note(3, "new")]));
    expect(fed.rows[0]).toBe(guessed.rows[0]);
  });

  test("must keep the id of their row", () => {
    const change = (): Note => note(9);
    expect(() => applyGuess(listed, { id: 1, change })).toThrow("must keep its id");
  });
});

describe("history that went back", () => {
  const known = stateAfter(whole(5, [note(1), note(2)]));

  test("starts the list anew, in the same epoch", () => {
    const state = applyChanges(known, whole(3, [note(1)]), known);
    expect(state.rows).toEqual([note(1)]);
    expect(state.rows[0]).toBe(known.rows[0]);
    expect(state.position).toEqual(at(3));
    expect(wantsSync(state)).toBe(false);
  });

  test("ends own writes that are lost with it, and keeps those made since", () => {
    const asked = settleWrite(known, { id: 8, row: note(8, "lost"), position: at(7) });
    const since = settleWrite(asked, { id: 9, row: note(9, "new"), position: at(6) });
    const state = applyChanges(since, whole(3, [note(1)]), asked);
    expect(state.rows).toEqual([note(1), note(9, "new")]);
  });

  test("is also told by own writes and early changes that the list had not reached", () => {
    const own = settleWrite(known, { id: 8, row: note(8, "lost"), position: at(7) });
    const rows = [note(1), note(2)];
    expect(applyChanges(own, part(5, 6, [note(2, "new")]), own).rows).toEqual([
      note(1),
      note(2, "new"),
    ]);
    const early = applyChanges(known, part(8, 9, [note(9)]));
    const state = applyChanges(early, part(5, 5), early);
    expect(state.rows).toEqual(rows);
    expect(wantsSync(state)).toBe(false);
  });

  test("is no other answer: an old whole list is ignored as ever", () => {
    const asked = stateAfter(whole(1, []));
    expect(applyChanges(known, whole(3, [note(1)]), asked).rows).toBe(known.rows);
  });
});

describe("rows", () => {
  test("keep their identity where nothing in them changed", () => {
    const before = stateAfter(whole(1, [note(1), note(2)]));
    const after = applyChanges(before, whole(2, [note(1), note(2, "new")]));
    expect(after.rows).not.toBe(before.rows);
    expect(after.rows[0]).toBe(before.rows[0]);
    expect(after.rows[1]).not.toBe(before.rows[1]);
  });

  test("are the same objects but for the one of a thousand that changed", () => {
    const all = Array.from({ length: 1000 }, (_, index) => note(index));
    const before = stateAfter(whole(1, all));
    const after = applyChanges(before, part(1, 2, [note(500, "new")]));
    const changed = after.rows.filter((row, index) => row !== before.rows[index]);
    expect(changed).toEqual([note(500, "new")]);
    expect(after.rows).toHaveLength(1000);
    expect(applyChanges(after, part(2, 3)).rows).toBe(after.rows);
  });

  test("find their places among others, few or many at once", () => {
    const even = Array.from({ length: 500 }, (_, index) => note(2 * index));
    for (const count of [3, 300]) {
      const put = Array.from({ length: count }, (_, index) => note(999 - 2 * index, "new"));
      const dropped = [0, 500, 998];
      const { rows } = stateAfter(whole(1, even), part(1, 2, put, dropped));
      const expected = [...even, ...put].filter(({ id }) => !dropped.includes(id));
      expect(rows).toEqual(expected.sort((a, b) => a.id - b.id));
    }
  });

  test("are the same array when equal rows are put or listed again", () => {
    const before = stateAfter(whole(1, [note(1), note(2)]));
    expect(applyChanges(before, part(1, 2, [note(2)])).rows).toBe(before.rows);
    expect(applyChanges(before, whole(3, [note(2), note(1)])).rows).toBe(before.rows);
    expect(applyChanges(before, whole(0, [note(1), note(2)], "f")).rows).toBe(before.rows);
  });

  test("keep the object of an own write when the feed brings the same", () => {
    const mine = settleWrite(stateAfter(whole(1, [])), { id: 1, row: note(1), position: at(2) });
    expect(applyChanges(mine, part(1, 2, [note(1)])).rows).toBe(mine.rows);
  });

  test("keep the object of an own write when the feed had the same beneath an older one", () => {
    const listed = stateAfter(whole(5, [note(1)]));
    const older = settleWrite(listed, { id: 1, row: note(1, "older"), position: at(8) });
    const fed = applyChanges(older, part(5, 7, [note(1, "newer")]));
    const mine = settleWrite(fed, { id: 1, row: note(1, "newer"), position: at(9) });
    expect(applyChanges(mine, part(7, 9)).rows).toBe(mine.rows);
  });

  test("compare nested values deeply", () => {
    interface Nested {
      id: number;
      of: { list: (number | null)[]; gone?: string };
    }
    const nested = (of: Nested["of"], to: number): Changes<Nested> => {
      return { epoch: "e", from: null, to, put: [{ id: 1, of }], dropped: [] };
    };
    const first = applyChanges(createListState<Nested>(), nested({ list: [1, null] }, 1));
    const same = applyChanges(first, nested({ list: [1, null] }, 2));
    expect(same.rows).toBe(first.rows);
    expect(applyChanges(first, nested({ list: [1, 0] }, 2)).rows).not.toBe(first.rows);
    expect(applyChanges(first, nested({ list: [1] }, 2)).rows).not.toBe(first.rows);
    const more = nested({ list: [1, null], gone: "" }, 2);
    expect(applyChanges(first, more).rows).not.toBe(first.rows);
  });

  test("are ordered by number, or by code point", () => {
    expect(stateAfter(whole(1, [note(10), note(9), note(-1)])).rows.map(({ id }) => id)).toEqual([
      -1, 9, 10,
    ]);
    // U+1F600 is written with code units below U+FFFD's, but comes after it.
    const ids = ["b", "\u{1F600}", "\uFFFD", "a", "ab", ""];
    const put = ids.map((id) => ({ id }));
    const state = applyChanges(createListState(), {
      epoch: "e",
      from: null,
      to: 1,
      put,
      dropped: [],
    });
    const byBytes = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(state.rows.map(({ id }) => id)).toEqual(byBytes);
  });

  test("are never changed in place", () => {
    const before = stateAfter(whole(1, [note(1), note(2)]));
    const snapshot = structuredClone(before.rows);
    settleWrite(applyChanges(before, part(1, 2, [note(1, "new")], [2])), {
      id: 3,
      row: note(3),
      position: at(9),
    });
    expect(before.rows).toEqual(snapshot);
  });
});
