/** Uses what `cargo xtask test --stage evolve` adds to a copy of the planner's schema, over the wire. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import {
  CONTRACT,
  RUNTIME_VERSION,
} from "../../../examples/crossfit/web/src/generated/contract.js";
import { connect, type PlannerClient } from "../../../examples/crossfit/web/src/generated/index.js";
import { openConnection } from "../../../examples/crossfit/web/src/generated/rowcast/index.js";

async function withPlanner(use: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rooms-"));
  const binary = process.env["PLANNER_SERVER"] ?? "";
  const file = `sqlite:${join(folder, "planner.sqlite3")}`;
  const server = spawn(binary, ["--port", "0", "--database-url", file]);
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      await use(url);
      return;
    }
    throw new Error("the server ended without saying where it listens");
  } finally {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

/** Waits until a list of another client shows what is expected. */
async function until(client: PlannerClient, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stops = [client.rooms, client.coaches].map((list) =>
      list.subscribe(() => {
        if (!holds()) return;
        for (const stop of stops) stop();
        resolve();
      }),
    );
  });
}

test("clients from before the change are served, as the lock says", () =>
  withPlanner(async (url) => {
    const path = new URL("../../../examples/crossfit/rowcast.lock.json", import.meta.url);
    const lock: { readonly fingerprint: string } = JSON.parse(readFileSync(path, "utf8"));
    expect(lock.fingerprint).not.toBe(CONTRACT);
    const before = openConnection(
      url,
      {},
      {
        contract: lock.fingerprint,
        runtime: RUNTIME_VERSION,
      },
    );
    expect(await before.call("get_coach", 1)).toMatchObject({ ok: true });
    before.close();
  }));

test("the new field and the new resource are live", () =>
  withPlanner(async (url) => {
    const [writer, watcher] = [connect(url), connect(url)];
    try {
      await Promise.all([writer.rooms.ready, watcher.rooms.ready, watcher.coaches.ready]);
      const certified = await writer.coaches.update({ id: 4, certificate: "Level 2" });
      expect(certified.data?.certificate).toBe("Level 2");

      const made = await writer.rooms.create({
        name: "Hall",
        keeper: { id: 4 },
        equipped_for: [{ id: 2 }, { id: 1 }, { id: 2 }],
      });
      expect(made.data?.keeper).toEqual({ id: 4, name: "Rose Smith" });
      expect(made.data?.equipped_for.map((move) => move.id)).toEqual([2, 1, 2]);
      await until(watcher, () => watcher.rooms.rows.length === 1);

      const taken = await writer.rooms.create({ name: "Hall" });
      expect(taken.errors.name).toEqual(["is already taken"]);
      expect(taken.code).toBe("conflict");

      await writer.coaches.update({ id: 4, name: "Rose Jones" });
      await until(watcher, () => watcher.rooms.rows[0]?.keeper?.name === "Rose Jones");

      const freed = await writer.rooms.update({ id: 1, keeper: null });
      expect(freed.data?.keeper).toBeNull();
      expect((await writer.rooms.delete(1)).ok).toBe(true);
      await until(watcher, () => watcher.rooms.rows.length === 0);
    } finally {
      writer.connection.close();
      watcher.connection.close();
    }
  }));
