/** Every event of every resource, good and bad, as the planner's front end sends them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainClient, type Row } from "../support/sockets.js";

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

const refusal = (code: string, errors: Record<string, unknown>) => ({
  ok: false,
  data: null,
  errors,
  code,
});

describe("coaches", () => {
  test("are created from what forms send", async () => {
    const ack = await client.ask("new_coach", {
      id: "",
      name: "Ann Lee",
      age: "41",
      picture: null,
      username: "annlee",
      password_hash: "x",
      junk: { a: 1 },
    });
    const data = { id: 6, name: "Ann Lee", age: 41, picture: null, username: "annlee" };
    expect(ack).toEqual({ ok: true, data, errors: {}, code: null });
  });

  test("have a picture, none, or what is not blank", async () => {
    for (const blank of ["", "  ", "\t\n"]) {
      const refused = refusal("invalid", { picture: ["must not be blank"] });
      expect(await client.ask("new_coach", { name: "Bo", picture: blank })).toEqual(refused);
      expect(await client.ask("update_coach", { id: 6, picture: blank })).toEqual(refused);
    }
    expect((await client.ask("list_coaches", {})).data).toMatchObject({ rows: { length: 6 } });
    const kept = await client.ask("update_coach", { id: 6, picture: " https://example.org/a " });
    expect(kept.data).toMatchObject({ picture: " https://example.org/a " });
    const none = await client.ask("update_coach", { id: 6, picture: null });
    expect(none.data).toMatchObject({ picture: null });
  });

  test("change only in what is sent; null empties, an absent key does not", async () => {
    const ack = await client.ask("update_coach", { id: "6", age: null });
    expect(ack.data).toMatchObject({ name: "Ann Lee", age: null, username: "annlee" });
  });

  test("are refused with a message for each wrong field, and nothing is stored", async () => {
    const before = await client.ask("list_coaches", {});
    expect(await client.ask("new_coach", { name: "  " })).toEqual(
      refusal("invalid", { name: ["must not be blank"] }),
    );
    expect(await client.ask("new_coach", { age: "" })).toEqual(
      refusal("invalid", {
        age: ["must be a whole number from 18 to 120"],
        name: ["is required"],
      }),
    );
    expect((await client.ask("new_coach", { name: "x".repeat(41), age: 17 })).errors).toEqual({
      age: ["must be at least 18"],
      name: ["is too long, the maximum is 40"],
    });
    expect(await client.ask("new_coach", { name: "Other", username: "rosesmith" })).toEqual(
      refusal("conflict", { username: ["is already taken"] }),
    );
    expect(await client.ask("update_coach", { id: 1, name: null })).toEqual(
      refusal("invalid", { name: ["must be text"] }),
    );
    expect((await client.ask("update_coach", { id: 999, name: "Nobody" })).code).toBe("not_found");
    expect(await client.ask("list_coaches", {})).toEqual(before);
  });

  test("are read one by one and by the page", async () => {
    expect((await client.ask("get_coach", { id: "4" })).data).toMatchObject({ name: "Rose Smith" });
    expect((await client.ask("get_coach", 999)).code).toBe("not_found");
    const page = await client.ask("list_coaches", { after: 1, limit: 2 });
    expect(page.data).toMatchObject({ rows: [{ id: 2 }, { id: 3 }], next: 3 });
  });

  test("have no event to delete them", async () => {
    expect((await client.ask("delete_coach", { id: 1 })).code).toBe("unknown_event");
  });
});

describe("exercise moves and workout plans", () => {
  test("a move is created by the event that the front end uses", async () => {
    const ack = await client.ask("new_exercise_moves", { id: "", name: "Row", focus: "Back" });
    expect(ack.data).toEqual({
      id: 7,
      name: "Row",
      focus: "Back",
      description: null,
      video_link: null,
    });
    const long = await client.ask("update_exercise_move", { id: 7, description: "x".repeat(501) });
    expect(long.errors).toEqual({ description: ["is too long, the maximum is 500"] });
  });

  test("descriptions and links may be null or left out, but not blank", async () => {
    const blank = "must not be blank";
    const move = { name: "Plank", focus: "Core", description: "", video_link: " " };
    expect(await client.ask("new_exercise_moves", move)).toEqual(
      refusal("invalid", { description: [blank], video_link: [blank] }),
    );
    expect(await client.ask("update_exercise_move", { id: 7, description: " \n" })).toEqual(
      refusal("invalid", { description: [blank] }),
    );
    const plan = { name: "Empty", difficulty: "Hard", description: "\t" };
    expect(await client.ask("new_workout_plan", plan)).toEqual(
      refusal("invalid", { description: [blank] }),
    );
    expect(await client.ask("update_workout_plan", { id: 1, description: "" })).toEqual(
      refusal("invalid", { description: [blank] }),
    );
    const emptied = { id: 7, description: null, video_link: null };
    expect((await client.ask("update_exercise_move", emptied)).data).toMatchObject(emptied);
  });

  test("a plan keeps the order of its moves, and repeats", async () => {
    const moves = [{ id: "4" }, { id: "1" }, { id: "4" }];
    const plan = { name: "Repeats", difficulty: "Hard", description: null, exercise_moves: moves };
    const ack = await client.ask("new_workout_plan", plan);
    expect(ack.data).toMatchObject({
      id: 4,
      exercise_moves: [{ id: 4, name: "Clean" }, { id: 1 }, { id: 4 }],
    });
    const shorter = await client.ask("update_workout_plan", {
      id: 4,
      exercise_moves: [{ id: 2, name: "is not written" }],
    });
    expect(shorter.data).toMatchObject({
      name: "Repeats",
      exercise_moves: [{ name: "Dead Lift" }],
    });
  });

  test("an unknown move is an error at its place, and changes nothing", async () => {
    const ack = await client.ask("update_workout_plan", {
      id: 4,
      name: "Changed",
      exercise_moves: [{ id: 1 }, { id: 77 }],
    });
    const message = "there is no exercise move with this id";
    expect(ack).toEqual(refusal("invalid", { "exercise_moves[1].id": [message] }));
    expect((await client.ask("get_workout_plan", 4)).data).toMatchObject({ name: "Repeats" });
  });
});

describe("schedules", () => {
  test("take whole rows, of which only ids count", async () => {
    const ack = await client.ask("update_schedule", {
      id: "1",
      day: "Friday",
      hour: 1600,
      coach: { id: "2", name: "" },
      workout_plan: { id: 3, name: "not written", difficulty: "nor this" },
    });
    expect(ack.data).toEqual({
      id: 1,
      day: "Friday",
      hour: "1600",
      coach: { id: 2, name: "Brent Fikowski" },
      workout_plan: { id: 3, name: "Advance Workout Class", difficulty: "Hard" },
    });
  });

  test("are refused field by field", async () => {
    const wrong = { day: "Funday", hour: "2500", coach: { id: "x" }, workout_plan: {} };
    const ack = await client.ask("new_schedule", wrong);
    expect(ack.code).toBe("invalid");
    expect(Object.keys(ack.errors)).toEqual(["coach.id", "day", "hour", "workout_plan.id"]);
    const coach = { id: 99 };
    const unknown = { day: "Monday", hour: "900", coach, workout_plan: { id: 1 } };
    expect((await client.ask("new_schedule", unknown)).errors).toEqual({
      "coach.id": ["there is no coach with this id"],
    });
    expect((await client.ask("update_schedule", { id: 2, hour: "2500" })).errors).toEqual({
      hour: ["does not have the right form"],
    });
  });

  test("are created and deleted, by a whole row or a bare id", async () => {
    const row = { day: "Sunday", hour: "800", coach: { id: 1 }, workout_plan: { id: 1 } };
    const first = await client.ask("new_schedule", row);
    const second = await client.ask("new_schedule", row);
    expect([first, second].map((ack) => ack.ok)).toEqual([true, true]);
    const gone = { ok: true, data: null, errors: {}, code: null };
    expect(await client.ask("delete_schedule", first.data)).toEqual(gone);
    expect(await client.ask("delete_schedule", 38)).toEqual(gone);
    expect((await client.ask("delete_schedule", 38)).code).toBe("not_found");
    expect((await client.ask("delete_schedule", {})).errors).toEqual({ id: ["is required"] });
  });
});

describe("copy_day", () => {
  test("adds what is not there, once, and every list follows", async () => {
    const watcher = await connectPlain(planner.url);
    const sundays = (rows: Row[]): number => rows.filter(({ day }) => day === "Sunday").length;
    const days = { from: "Thursday", to: "Sunday" };
    const key = "copy-thursday-to-sunday";
    const first = await client.ask("copy_day", days, { key });
    expect(first.data).toEqual({ added: 6 });
    await watcher.until("schedules", (rows) => sundays(rows) === 6);
    expect(await client.ask("copy_day", days, { key })).toEqual(first);
    expect((await client.ask("copy_day", days)).data).toEqual({ added: 0 });
    await watcher.ask("sync", { schedules: null });
    const told = await watcher.ask("copy_day", days, { key });
    expect(told).toEqual({ ...first, positions: { schedules: expect.anything() } });
    const same = await client.ask("copy_day", { from: "Monday", to: "Monday" });
    expect(same.errors).toEqual({ to: ["must be another day"] });
  });
});

describe("login and logout", () => {
  test("a coach signs in and out", async () => {
    const credentials = { username: "rosesmith", password: "rosesmith_password" };
    expect(await client.ask("login", credentials)).toEqual({
      ok: true,
      user: {
        id: 4,
        name: "Rose Smith",
        age: 25,
        picture: null,
        username: "rosesmith",
        token: expect.any(String),
      },
      errors: {},
      code: null,
    });
    expect(await client.ask("logout")).toEqual({ ok: true, data: null, errors: {}, code: null });
  });

  test("a wrong name and a wrong password get the same answer", async () => {
    const name = await client.ask("login", { username: "nobody", password: "x" });
    const password = await client.ask("login", { username: "rosesmith", password: "x" });
    expect(name).toEqual(password);
    expect(Object.keys(name.errors)).toEqual(["password", "username"]);
    expect(name.user).toBeNull();
  });

  test("blank fields are named one by one", async () => {
    const blank = await client.ask("login", { username: "", password: "" });
    expect(Object.keys(blank.errors)).toEqual(["password", "username"]);
    expect((await client.ask("login", { username: "rosesmith" })).errors).toEqual({
      password: ["is required"],
    });
  });
});
