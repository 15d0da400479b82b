/** Input of every wrong kind: each gets an ack, nothing is written, the process lives. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainClient } from "../support/sockets.js";

let planner: Planner;
let client: PlainClient;

beforeAll(async () => {
  planner = await startPlanner();
  client = await connectPlain(planner.url);
});

afterAll(async () => {
  closeAll();
  await planner.remove();
});

const deep = (levels: number): unknown =>
  JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
const long = (characters: number): string => "x".repeat(characters);
const coach = (fields: object): [string, ...unknown[]] => ["new_coach", { name: "Ok", ...fields }];
const plan = (exercise_moves: unknown): [string, ...unknown[]] => [
  "new_workout_plan",
  { name: "P", difficulty: "Hard", exercise_moves },
];
const schedule = (fields: object): [string, ...unknown[]] => [
  "new_schedule",
  { day: "Monday", hour: "900", coach: { id: 1 }, workout_plan: { id: 1 }, ...fields },
];

/** What is sent, and the fields that the refusal must name. */
const cases: Record<string, { send: [string, ...unknown[]]; names: string[]; code?: string }> = {
  "no payload": { send: ["new_coach"], names: ["_"] },
  null: { send: ["new_coach", null], names: ["_"] },
  text: { send: ["new_coach", "Ann"], names: ["_"] },
  number: { send: ["new_coach", 7], names: ["_"] },
  "true or false": { send: ["new_coach", true], names: ["_"] },
  list: { send: ["new_coach", []], names: ["_"] },
  "list of inputs": { send: ["new_coach", [{ name: "Ok" }]], names: ["_"] },
  "empty object": { send: ["new_coach", {}], names: ["name"] },
  binary: { send: ["new_coach", Buffer.from("abc")], names: ["_"] },
  "binary inside": { send: coach({ name: Buffer.from("abc") }), names: ["name"] },
  "name is null": { send: coach({ name: null }), names: ["name"] },
  "name is a list": { send: coach({ name: ["Ann"] }), names: ["name"] },
  "name is an object": { send: coach({ name: { first: "Ann" } }), names: ["name"] },
  "name is 200 levels deep": { send: coach({ name: deep(100) }), names: ["name"] },
  "name is empty": { send: coach({ name: "" }), names: ["name"] },
  "name has 2 MB": { send: coach({ name: long(2_000_000) }), names: ["name"] },
  "age is too large": { send: coach({ age: 256 }), names: ["age"] },
  "age is far too large": { send: coach({ age: 1e300 }), names: ["age"] },
  "age is negative": { send: coach({ age: -1 }), names: ["age"] },
  "age has a fraction": { send: coach({ age: 41.5 }), names: ["age"] },
  "age is no number": { send: coach({ age: "NaN" }), names: ["age"] },
  "age is hexadecimal": { send: coach({ age: "0x29" }), names: ["age"] },
  "age is true": { send: coach({ age: true }), names: ["age"] },
  "two fields are wrong": {
    send: coach({ age: {}, picture: 1.5e3, username: [] }),
    names: ["age", "username"],
  },
  "id is missing": { send: ["update_coach", { name: "X" }], names: ["id"] },
  "id is empty": { send: ["update_coach", { id: "", name: "X" }], names: ["id"] },
  "id is null": { send: ["update_coach", { id: null }], names: ["id"] },
  "id is beyond 64 bits": { send: ["update_coach", { id: "9223372036854775808" }], names: ["id"] },
  "id is unknown": {
    send: ["update_coach", { id: 12345, name: "X" }],
    names: ["id"],
    code: "not_found",
  },
  "id to delete is unknown": { send: ["delete_schedule", -1], names: ["id"], code: "not_found" },
  "id to delete is a list": { send: ["delete_schedule", [1]], names: ["_"] },
  "relation is a bare id": { send: schedule({ coach: 1 }), names: ["coach"] },
  "relation has no id": { send: schedule({ coach: { name: "Chris" } }), names: ["coach.id"] },
  "relation is null": { send: schedule({ coach: null }), names: ["coach"] },
  "relation is unknown": { send: schedule({ coach: { id: 77 } }), names: ["coach.id"] },
  "choice is unknown": { send: schedule({ day: "monday" }), names: ["day"] },
  "choice is an object": { send: schedule({ day: { Monday: null, x: 1 } }), names: ["day"] },
  "list is an object": { send: plan({ 0: { id: 1 } }), names: ["exercise_moves"] },
  "list has a null": { send: plan([{ id: 1 }, null]), names: ["exercise_moves[1]"] },
  "list has a bare id": { send: plan([3]), names: ["exercise_moves[0]"] },
  "list is too long": {
    send: plan(Array.from({ length: 101 }, () => ({ id: 1 }))),
    names: ["exercise_moves"],
  },
  "page is too large": { send: ["list_coaches", { limit: 5000 }], names: ["limit"] },
  "sync is no object": { send: ["sync", 5], names: ["_"] },
  "sync of an unknown list": { send: ["sync", { secrets: null }], names: ["secrets"] },
  "event is unknown": { send: ["drop_tables", {}], names: ["_"], code: "unknown_event" },
  "event is a prototype's": { send: ["constructor", {}], names: ["_"], code: "unknown_event" },
};

const everything = async (): Promise<unknown[]> =>
  Promise.all(
    ["list_coaches", "list_exercise_moves", "list_workout_plans", "list_schedules"].map((event) =>
      client.ask(event, { limit: 1000 }),
    ),
  );

test("there are more than thirty kinds", () => {
  expect(Object.keys(cases).length).toBeGreaterThan(30);
});

test.each(Object.entries(cases))("%s", async (_, { send, names, code = "invalid" }) => {
  const before = await everything();
  const [event, ...payload] = send;
  const ack = await client.ask(event, ...payload);
  expect(ack).toMatchObject({ ok: false, code });
  expect(Object.keys(ack.errors)).toEqual(names);
  expect(JSON.stringify(ack.errors)).not.toMatch(/\bu8\b|i64|\bstruct\b|at line|SQL|serde/);
  expect(await everything()).toEqual(before);
  expect(planner.isAlive()).toBe(true);
});

test("a call without a callback is carried out, and the next one answered", async () => {
  client.socket.emit("update_coach", { id: 2, name: "No Callback" });
  client.socket.emit("new_coach", 5);
  expect((await client.ask("get_coach", 2)).data).toMatchObject({ name: "No Callback" });
});

test("text that looks like code is kept as the text it is", async () => {
  const names = [
    "'; DROP TABLE coaches; --",
    '"}]',
    "a\u0000b",
    "__proto__",
    "<b>&amp;</b>",
    "😀 ünïcode",
  ];
  for (const name of names) {
    const ack = await client.ask("new_coach", { name, ["__proto__"]: { age: 20 } });
    expect(ack.data).toMatchObject({ name, age: null });
  }
  const rows = await client.ask("list_coaches", { after: 5 });
  expect((rows.data as { rows: { name: string }[] }).rows.map((row) => row.name)).toEqual(names);
});
