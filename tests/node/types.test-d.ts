/**
 * What the types of a generated client accept and refuse. Never run: the compiler is the test, and
 * an `@ts-expect-error` with nothing to expect fails it.
 */

import type * as rowcast from "@rowcast/client";
import { formErrors } from "@rowcast/client/react";
import { io, type Socket } from "socket.io-client";
import {
  type Ack,
  type ClientToServerEvents,
  type Coach,
  type CoachAck,
  type CoachPatch,
  connect,
  type FieldErrors,
  type FieldPath,
  type LiveList,
  type LoginAck,
  type NewCoach,
  type NewSchedule,
  type NewWorkoutPlan,
  type NewWorkoutPlanPath,
  type ServerToClientEvents,
  type Unsubscribe,
} from "../../examples/crossfit/web/src/generated/index.js";
import type * as Ids from "../golden/ids/typescript/index.js";

/** Compiles only if both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectSame<_Proof extends true>(): void {}

const gym = connect("http://localhost:5555", {
  auth: { token: "t" },
  timeout: 5000,
  writeTimeout: 30_000,
  maxPendingWrites: 100,
});
expectSame<Same<typeof gym.connection.pending, number>>();

export async function createsAndReads(): Promise<void> {
  const ack = await gym.coaches.create({ name: "Rose Smith", age: 25, username: "rose" });
  expectSame<Same<typeof ack, CoachAck<NewCoach>>>();
  expectSame<Same<typeof ack.errors.name, readonly string[] | undefined>>();
  expectSame<Same<typeof ack.data, Coach | null>>();
  if (ack.ok) {
    expectSame<Same<typeof ack.data.id, number>>();
    expectSame<Same<typeof ack.code, null>>();
  } else {
    expectSame<Same<typeof ack.errors.name, readonly string[] | undefined>>();
    expectSame<Same<typeof ack.errors._, readonly string[] | undefined>>();
    expectSame<Same<typeof ack.data, null>>();
    expectSame<Same<typeof ack.code, rowcast.AckCode>>();
    // @ts-expect-error: a typo
    ack.errors.nmae;
    // @ts-expect-error: an id is no input of a create
    ack.errors.id;
  }
  // @ts-expect-error: a typo, not narrowed
  ack.errors.nmae;
  // @ts-expect-error: not narrowed, there may be no data
  ack.data.id;
}

export async function refusesWrongInputs(): Promise<void> {
  // @ts-expect-error: the name is missing
  await gym.coaches.create({ age: 25 });
  // @ts-expect-error: a name is text
  await gym.coaches.create({ name: 25 });
  // @ts-expect-error: no such field
  await gym.coaches.create({ name: "Rose", agge: 25 });
  // @ts-expect-error: the server counts the ids
  await gym.coaches.create({ id: 1, name: "Rose" });
  // @ts-expect-error: which coach?
  await gym.coaches.update({ name: "Rose" });
  // @ts-expect-error: a name is never null
  await gym.coaches.update({ id: 1, name: null });
  // @ts-expect-error: this list has no delete
  await gym.coaches.delete(1);
  // @ts-expect-error: ids are numbers
  await gym.schedules.delete("1");
  // @ts-expect-error: no such day
  await gym.schedules.update({ id: 1, day: "Moonday" });
  // @ts-expect-error: the password is missing
  await gym.login({ username: "rose" });
  // @ts-expect-error: takes nothing
  await gym.logout({});
}

export async function acceptsRightInputs(): Promise<void> {
  await gym.coaches.create({ name: "Rose" });
  await gym.coaches.update({ id: 1, age: null });
  await gym.coaches.list({ after: 3, limit: null });
  for (const coach of gym.coaches.rows) await gym.coaches.update(coach);
  for (const schedule of gym.schedules.rows) await gym.schedules.update(schedule);
  for (const plan of gym.workoutPlans.rows) await gym.workoutPlans.update(plan);
  const login = await gym.login({ username: "rose", password: "p" });
  expectSame<Same<typeof login, LoginAck>>();
  if (login.ok) login.user.name;
  else login.errors.password;
  // @ts-expect-error: this ack names its data `user`
  login.data;
  const page = await gym.coaches.list();
  if (page.ok) expectSame<Same<typeof page.data.next, number | null>>();
}

export async function showsWritesAtOnce(): Promise<void> {
  const ack = await gym.coaches.update(
    { id: 1, name: "Rose" },
    { optimistic: (coach) => ({ ...coach, name: "Rose" }) },
  );
  expectSame<Same<typeof ack, CoachAck<CoachPatch>>>();
  await gym.schedules.delete(1, { optimistic: true });
  // @ts-expect-error: not a whole row
  await gym.coaches.update({ id: 1 }, { optimistic: () => ({ id: 1, name: "Rose" }) });
  // @ts-expect-error: a name is text
  await gym.coaches.update({ id: 1 }, { optimistic: (coach) => ({ ...coach, name: 1 }) });
  // @ts-expect-error: a row is made of the row that is there
  await gym.coaches.update({ id: 1 }, { optimistic: true });
  // @ts-expect-error: a deletion has no row to show
  await gym.schedules.delete(1, { optimistic: () => undefined });
  // @ts-expect-error: the server counts the ids, so nobody knows where to show the row
  await gym.coaches.create({ name: "Rose" }, { optimistic: (id: number) => ({ id, name: "" }) });
}

export function namesNestedFields(
  schedule: FieldErrors<NewSchedule>,
  plan: FieldErrors<NewWorkoutPlan>,
): void {
  schedule["coach.id"]?.join();
  schedule.coach?.join();
  plan["exercise_moves[1].id"]?.join();
  plan["exercise_moves[1]"]?.join();
  // @ts-expect-error: no such field in a coach
  schedule["coach.name"];
  // @ts-expect-error: an index is a number
  plan["exercise_moves[x].id"];
  // @ts-expect-error: no such field in a move
  plan["exercise_moves[1].nmae"];
}

/** Errors of emitted paths are those of the input; form libraries have them under paths with dots. */
export function keepsPathsInForms(plan: FieldErrors<NewWorkoutPlanPath>): void {
  expectSame<Same<FieldErrors<NewWorkoutPlanPath>, FieldErrors<NewWorkoutPlan>>>();
  const errors = formErrors(plan);
  errors.name?.length;
  errors["exercise_moves.1.id"]?.length;
  // @ts-expect-error: a typo
  errors.nmae;
  expectSame<Same<ReturnType<typeof formErrors<object>>, Record<string, string>>>();
}

interface Tree {
  name: string;
  children?: Tree[] | null;
  left: Tree;
}

type Shape = { kind: "circle"; radius: number } | { kind: "box"; corner: { x: number } };

export function copesWithUnusualInputs(
  tree: FieldErrors<Tree>,
  shape: FieldErrors<Shape>,
  map: FieldErrors<{ labels: Record<string, number> }>,
  none: FieldErrors,
): void {
  tree["children[0].left.name"]?.join();
  shape.radius?.join();
  shape["corner.x"]?.join();
  map["labels.anything"]?.join();
  none._?.join();
  // @ts-expect-error: no such field
  tree["children[0].nmae"];
  // @ts-expect-error: nothing was put in
  none.name;
  expectSame<Same<FieldPath<{ a: number; b: string[] }>, "a" | "b" | `b[${number}]`>>();
}

export function showsLists(): void {
  expectSame<Same<typeof gym.coaches.rows, readonly Coach[]>>();
  const list: LiveList<Coach> = gym.coaches;
  const { subscribe, getSnapshot } = list;
  subscribe(() => getSnapshot());
  // @ts-expect-error: rows are not changed in place
  gym.coaches.rows.push({ id: 1, name: "", age: null, picture: null, username: null });
  // @ts-expect-error: ids are numbers
  gym.coaches.find("1");
  gym.on("connected", ({ data }) => data.length);
  // @ts-expect-error: lists have `subscribe`
  gym.on("coaches", () => {});
  // @ts-expect-error: the payload is an object
  gym.on("connected", (text: string) => text);
}

export async function typesThePlainSocket(): Promise<void> {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io("http://localhost:5555");
  socket.on("coaches", (coaches) => expectSame<Same<typeof coaches, Coach[]>>());
  socket.on("coaches:changes", (changes) => {
    expectSame<Same<typeof changes, rowcast.Changes<Coach>>>();
  });
  const ack = await socket.emitWithAck("new_coach", { name: "Rose" });
  expectSame<Same<typeof ack, CoachAck<NewCoach>>>();
  const login = await socket.emitWithAck("login", { username: "rose", password: "p" });
  expectSame<Same<typeof login, LoginAck>>();
  const nothing = await socket.emitWithAck("refresh");
  expectSame<Same<typeof nothing, null>>();
  const synced = await socket.emitWithAck("sync", { coaches: null });
  if (synced.ok) synced.data.coaches?.put.map((coach) => coach.name);
  socket.emit("delete_schedule", { id: 1 }, (answer) => answer.ok);
  // @ts-expect-error: the name is missing
  await socket.emitWithAck("new_coach", { age: 3 });
  // @ts-expect-error: unknown event
  await socket.emitWithAck("new_coaches", { name: "Rose" });
  // @ts-expect-error: unknown event
  socket.on("coach", () => {});
}

/** The examples in the comments of the runtime. */
export function describe(ack: Ack<{ id: number }, { name: string }>): string {
  return ack.ok ? `has id ${ack.data.id}` : (ack.errors.name?.[0] ?? ack.code);
}

export function show(list: LiveList<{ id: number; name: string }>): Unsubscribe {
  return list.subscribe(() => console.log(list.rows.map((row) => row.name)));
}

// Ids with a mark: those of one resource are not those of another, nor plain ones.
declare const boards: Ids.BoardList;
declare const board: Ids.Board;
declare const note: Ids.Note;
void boards.get(board.id);
boards.find(board.id)?.id satisfies Ids.BoardId | undefined;
// @ts-expect-error: the id of a note is not that of a board
void boards.get(note.id);
// @ts-expect-error: nor is any text
void boards.delete("67e55044-10b1-426f-9247-bb680e5fe0c8");

export async function rename(notes: Ids.NoteList, id: Ids.NoteId, title: string): Promise<boolean> {
  const ack = await notes.update({ id, title }, { optimistic: (row) => ({ ...row, title }) });
  return ack.ok;
}

// A row whose id the client gives can be shown before it is there, under its marked id.
void boards.create({ id: "b", notes: [] }, { optimistic: (id) => ({ id, notes: [] }) });
// @ts-expect-error: not a whole row
void boards.create({ id: "b", notes: [] }, { optimistic: (id) => ({ id }) });
// @ts-expect-error: any text is not the id of a board
void boards.create({ id: "b", notes: [] }, { optimistic: () => ({ id: "b", notes: [] }) });
