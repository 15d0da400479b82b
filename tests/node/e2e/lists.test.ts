/** What plain and generated clients see of the lists. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { connect } from "../../../examples/crossfit/web/src/generated/index.js";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, LISTS } from "../support/sockets.js";
import { untilShown } from "../support/until.js";

let planner: Planner;

beforeAll(async () => {
  planner = await startPlanner();
});

afterEach(closeAll);

afterAll(() => planner.remove());

test("a socket is greeted, and refresh sends the lists in order before its ack", async () => {
  const client = await connectPlain(planner.url);
  expect(await client.ask("refresh")).toBeNull();
  expect(client.log).toEqual(["connected", ...LISTS]);
  const sizes = LISTS.map((name) => client.lists.get(name)?.length);
  expect(sizes).toEqual([5, 3, 6, 36]);
});

test("refresh works without a callback and by polling", async () => {
  const client = await connectPlain(planner.url, ["polling"]);
  client.socket.emit("refresh");
  expect((await client.until("schedules", (rows) => rows.length === 36))[0]).toEqual({
    id: 1,
    day: "Monday",
    hour: "900",
    coach: { id: 1, name: "Chris Garcia" },
    workout_plan: { id: 1, name: "Leg Burner", difficulty: "Medium" },
  });
  const long = "x".repeat(30_000);
  expect((await client.ask("new_coach", { name: long })).code).toBe("invalid");
});

test("a write sends the lists that show the row, to the writer too, and no others", async () => {
  const [writer, other] = [await connectPlain(planner.url), await connectPlain(planner.url)];
  await writer.ask("update_coach", { id: 5, name: "Felipe Renamed" });
  for (const client of [writer, other]) {
    await client.until("coaches", (rows) => rows[4]?.["name"] === "Felipe Renamed");
    await client.until("schedules", (rows) =>
      rows.some((row) => JSON.stringify(row["coach"]).includes("Felipe Renamed")),
    );
    expect(client.log).not.toContain("workout_plans");
    expect(client.log).not.toContain("exercise_moves");
  }
  await writer.ask("update_coach", { id: 5, age: 36 });
  await other.until("coaches", (rows) => rows[4]?.["age"] === 36);
  expect(other.log.filter((event) => event === "schedules")).toHaveLength(1);
});

test("what a task in the background imports reaches every list, whole files only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moves-"));
  const importing = await startPlanner({ args: ["--import-from", folder] });
  const generated = connect(importing.url);
  try {
    const plain = await connectPlain(importing.url);
    await generated.exerciseMoves.ready;
    const [good, bad] = [{ name: "Plank", focus: "Core" }, { name: "" }];
    writeFileSync(join(folder, "bad.part"), JSON.stringify([good, bad]));
    renameSync(join(folder, "bad.part"), join(folder, "bad.json"));
    await vi.waitUntil(() => existsSync(join(folder, "bad.refused")), 5000);
    writeFileSync(join(folder, "good.part"), JSON.stringify([good]));
    renameSync(join(folder, "good.part"), join(folder, "good.json"));
    const rows = await plain.until("exercise_moves", (rows) => rows.length > 6);
    expect(rows.slice(6)).toEqual([expect.objectContaining(good)]);
    const last = (): unknown => generated.exerciseMoves.rows.at(-1);
    await untilShown(generated.exerciseMoves, () => generated.exerciseMoves.rows.length === 7);
    expect(last()).toEqual(rows.at(-1));
  } finally {
    generated.connection.close();
    await importing.remove();
    rmSync(folder, { recursive: true });
  }
});

test("hidden fields are in no frame", async () => {
  const client = await connectPlain(planner.url);
  const frames: string[] = [];
  client.socket.io.engine.on("packet", (packet: { data?: unknown }) =>
    frames.push(`${packet.data}`),
  );
  await client.ask("refresh");
  await client.ask("get_coach", 4);
  await client.ask("update_coach", { id: 4, password_hash: "stolen" });
  await client.ask("login", { username: "rosesmith", password: "rosesmith_password" });
  await client.ask("sync", { coaches: null });
  expect(frames.length).toBeGreaterThan(5);
  expect(frames.filter((frame) => /argon2|password_hash|stolen/.test(frame))).toEqual([]);
});

test("generated clients see their own write at its ack, and those of others soon", async () => {
  const [writer, watcher] = [connect(planner.url), connect(planner.url)];
  try {
    await Promise.all([writer.coaches.ready, watcher.coaches.ready]);
    const made = await writer.coaches.create({ name: "Own Write", age: 30 });
    expect(made.ok).toBe(true);
    const id = made.data?.id ?? 0;
    expect(writer.coaches.find(id)?.name).toBe("Own Write");
    await untilShown(watcher.coaches, () => watcher.coaches.find(id)?.name === "Own Write");
    const refused = await writer.coaches.create({ name: "", username: "rosesmith" });
    expect(refused.errors.name).toEqual(["must not be blank"]);

    await writer.coaches.update({ id: 1, name: "Chris Renamed" });
    const shown = (): boolean => watcher.schedules.find(1)?.coach.name === "Chris Renamed";
    await untilShown(watcher.schedules, shown);
    const session = await writer.login({ username: "danbaily", password: "danbaily_password" });
    expect(session.user?.name).toBe("Dan Baily");
    expect((await writer.logout()).ok).toBe(true);
    const before = writer.schedules.rows.length;
    const copied = await writer.copyDay({ from: "Monday", to: "Sunday" });
    // What a command has done is in the lists when it resolves, as with every write.
    expect(writer.schedules.rows.length).toBe(before + (copied.data?.added ?? 0));
    expect(copied.data?.added).toBeGreaterThan(0);
    const deleted = await writer.schedules.delete(36);
    expect(deleted.ok && writer.schedules.find(36)).toBe(undefined);
    await untilShown(watcher.schedules, () => watcher.schedules.find(36) === undefined);
  } finally {
    writer.connection.close();
    watcher.connection.close();
  }
});

test("plain and generated clients side by side; after sync no whole list comes", async () => {
  const plain = await connectPlain(planner.url);
  const synced = await connectPlain(planner.url);
  const generated = connect(planner.url);
  try {
    await generated.coaches.ready;
    await synced.ask("sync", { coaches: null });
    const pushed = new Promise((resolve) => synced.socket.once("coaches:changes", resolve));
    const ack = await plain.ask("new_coach", { name: "Seen by all" });
    expect(Object.keys(ack)).toEqual(["ok", "data", "errors", "code"]);
    const row = { ...(ack.data as object), name: "Seen by all" };
    await plain.until("coaches", (rows) => rows.at(-1)?.["name"] === "Seen by all");
    expect(await pushed).toMatchObject({ put: [row], dropped: [] });
    await untilShown(
      generated.coaches,
      () => generated.coaches.rows.at(-1)?.name === "Seen by all",
    );
    expect(generated.coaches.rows).toEqual(plain.lists.get("coaches"));
    expect(synced.log).not.toContain("coaches");
    expect(await synced.ask("update_coach", { id: 1 })).toHaveProperty("position.at");
  } finally {
    generated.connection.close();
  }
});
