/** Compares what clients were told with what is there. */
import { isDeepStrictEqual } from "node:util";
import type { Creation, Deletion, Lists, Row, Update, Write } from "./history.js";

/** What is wrong, in words; each list is empty when all is well. */
export interface Faults {
  /** Accepted, but not there; or undone by an older write. */
  readonly lost: string[];
  /** There more than once. */
  readonly doubled: string[];
  /** Refused, or against the rules, but there; refused, but gone. */
  readonly unwanted: string[];
  /** What a client shows and the database does not have. */
  readonly diverged: string[];
}

/** Looks for all that must not be. `shown` are the lists of the clients, by their names. */
export function check(
  writes: readonly Write[],
  stored: Lists,
  shown: Readonly<Record<string, Lists>>,
): Faults {
  const faults: Faults = { lost: [], doubled: [], unwanted: [], diverged: [] };
  checkCreations(writes, stored, faults);
  checkAnswers(writes, stored, faults);
  checkUsernames(stored, faults);
  checkUpdates(writes, stored, faults);
  checkDeletions(writes, stored, faults);
  for (const [client, lists] of Object.entries(shown)) {
    for (const [name, rows] of Object.entries(lists)) {
      const difference = firstDifference(rows, stored[name] ?? []);
      if (difference !== null) faults.diverged.push(`${client} shows other ${name}: ${difference}`);
    }
  }
  return faults;
}

/** The marks of rows: the first word of a name, or whose class it is. */
function markOf(list: Creation["list"], row: Row): string {
  if (list === "schedules") return `coach ${(row["coach"] as Row).id}`;
  return `${row["name"]}`.split(" ")[0] ?? "";
}

function checkCreations(writes: readonly Write[], stored: Lists, faults: Faults): void {
  const counts = countMarks(stored);
  const deleted = new Set(writes.flatMap((write) => (isDeletion(write) ? [write.id] : [])));
  for (const write of writes) {
    if (write.kind !== "create") continue;
    const count = counts.get(`${write.list} ${write.mark}`) ?? 0;
    const wasDeleted = write.createdId !== undefined && deleted.has(write.createdId);
    const isMissing = count === 0 && !wasDeleted;
    if (count > 1) faults.doubled.push(describe(write));
    if (isMissing && write.outcome === "accepted") faults.lost.push(describe(write));
    if (isUnwanted(write, count > 0)) faults.unwanted.push(describe(write));
  }
}

function isUnwanted({ isInvalid = false, outcome }: Creation, isThere: boolean): boolean {
  if (isInvalid) return isThere || outcome === "accepted";
  return isThere && outcome === "refused";
}

/** Whether a row may be gone because of this. */
function isDeletion(write: Write): write is Deletion {
  return write.kind === "delete" && write.outcome !== "refused";
}

/** An answer names the row that it is about: one to another call would name another. */
function checkAnswers(writes: readonly Write[], stored: Lists, faults: Faults): void {
  for (const write of writes) {
    if (write.kind !== "create" || write.createdId === undefined) continue;
    const row = (stored[write.list] ?? []).find(({ id }) => id === write.createdId);
    if (row && markOf(write.list, row) !== write.mark) {
      faults.lost.push(`${describe(write)}: its id is that of ${JSON.stringify(row)}`);
    }
  }
}

/** Several clients want the same; one of them may have it. */
function checkUsernames(stored: Lists, faults: Faults): void {
  const owners = new Map<unknown, Row>();
  for (const row of stored["coaches"] ?? []) {
    const { username } = row;
    if (username === null || username === undefined) continue;
    const owner = owners.get(username);
    if (owner) faults.doubled.push(`${username} is ${JSON.stringify(owner)}, and ${row.id} too`);
    owners.set(username, row);
  }
}

/** How many rows of each list have which mark. */
function countMarks(stored: Lists): Map<string, number> {
  const counts = new Map<string, number>();
  for (const list of ["coaches", "exercise_moves", "schedules"] as const) {
    for (const row of stored[list] ?? []) {
      const place = `${list} ${markOf(list, row)}`;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  return counts;
}

/** A field must have the last accepted value, or a later one whose outcome nobody knows. */
function checkUpdates(writes: readonly Write[], stored: Lists, faults: Faults): void {
  const byField = new Map<string, Update[]>();
  for (const write of writes) {
    if (write.kind !== "update") continue;
    const key = `${write.id} ${write.field}`;
    byField.set(key, [...(byField.get(key) ?? []), write]);
  }
  for (const updates of byField.values()) {
    const first = updates[0];
    if (first === undefined) continue;
    const row = (stored["coaches"] ?? []).find(({ id }) => id === first.id);
    const found = updates.findIndex(({ value }) => value === row?.[first.field]);
    const last = updates.findLastIndex(({ outcome }) => outcome === "accepted");
    const lost = updates[last];
    if (found < last && lost) {
      faults.lost.push(`${describe(lost)}: the row has ${JSON.stringify(row?.[first.field])}`);
    }
    const unwanted = updates[found];
    if (unwanted?.outcome === "refused") faults.unwanted.push(describe(unwanted));
  }
}

function checkDeletions(writes: readonly Write[], stored: Lists, faults: Faults): void {
  const there = new Set((stored["schedules"] ?? []).map(({ id }) => id));
  for (const write of writes) {
    if (write.kind !== "delete") continue;
    const isThere = there.has(write.id);
    if (isThere && write.outcome === "accepted") faults.lost.push(describe(write));
    if (!isThere && write.outcome === "refused") faults.unwanted.push(describe(write));
  }
}

function firstDifference(shown: readonly Row[], stored: readonly Row[]): string | null {
  const length = Math.max(shown.length, stored.length);
  for (let index = 0; index < length; index += 1) {
    if (!isDeepStrictEqual(shown[index], stored[index])) {
      return `${JSON.stringify(shown[index])} where ${JSON.stringify(stored[index])} is stored`;
    }
  }
  return null;
}

function describe(write: Write): string {
  return `write ${write.number} of client ${write.client}: ${JSON.stringify(write)}`;
}
