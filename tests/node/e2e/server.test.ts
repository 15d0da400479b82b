/** The server itself: restarts, sign-in, origins. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConnection, RowcastOutdatedError, VERSION } from "@rowcast/client";
import { io } from "socket.io-client";
import { afterEach, expect, test } from "vitest";
import { CONTRACT } from "../../../examples/crossfit/web/src/generated/contract.js";
import {
  connect,
  RowcastRefusedError,
} from "../../../examples/crossfit/web/src/generated/index.js";
import { type Planner, serverBinary, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainAck } from "../support/sockets.js";
import { untilShown } from "../support/until.js";

const started: Planner[] = [];

async function start(options: Parameters<typeof startPlanner>[0] = {}): Promise<Planner> {
  const planner = await startPlanner(options);
  started.push(planner);
  return planner;
}

afterEach(async () => {
  closeAll();
  for (const planner of started.splice(0)) await planner.remove();
});

test("a client of another contract is told so, and goes live when a server serves it", async () => {
  const planner = await start();
  const old = openConnection(
    planner.url,
    { auth: { token: "t" } },
    { runtime: VERSION, contract: "0123456789abcdef" },
  );
  await new Promise<void>((resolve) => old.subscribe(resolve));
  expect(old.status).toBe("outdated");
  expect(old.error).toBeInstanceOf(RowcastOutdatedError);
  old.close();

  const same = openConnection(planner.url, {}, { runtime: VERSION, contract: CONTRACT });
  expect(await same.call("get_coach", 1)).toMatchObject({ ok: true });
  same.close();
  const plain = await connectPlain(planner.url);
  expect((await plain.ask("get_coach", 1)).ok).toBe(true);
});

test("the documentation of the events is served with all that it needs", async () => {
  const planner = await start();
  const page = await fetch(`${planner.url}/docs`);
  expect(page.status).toBe(200);
  const text = await page.text();
  const assets = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  expect(assets.length).toBeGreaterThan(1);
  for (const path of assets) expect((await fetch(`${planner.url}${path}`)).status, path).toBe(200);
  const scripts = assets.filter((path) => path?.endsWith(".js"));
  const sources = scripts.map(async (path) => (await fetch(`${planner.url}${path}`)).text());
  expect((await Promise.all(sources)).join("")).toContain("call.new_coach");
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "what was acknowledged is there after %s",
  async (signal) => {
    const first = await start();
    const generated = connect(first.url, { socket: { reconnectionDelayMax: 200 } });
    await generated.coaches.ready;
    const made = await generated.coaches.create({ name: "Durable" });
    await first.stop(signal);
    const second = await start({ folder: first.folder, port: first.port });
    const plain = await connectPlain(second.url);
    expect((await plain.ask("get_coach", made.data?.id)).data).toMatchObject({ name: "Durable" });
    await plain.ask("new_coach", { name: "After the restart" });
    await untilShown(
      generated.coaches,
      () => generated.coaches.rows.at(-1)?.name === "After the restart",
    );
    await plain.ask("refresh");
    expect(generated.coaches.rows).toEqual(plain.lists.get("coaches"));
    generated.connection.close();
  },
);

test("operators are told what is measured, and whether the server is ready", async () => {
  const planner = await start();
  const get = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(`${planner.url}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await get("/healthz")).toEqual([200, "alive\n"]);
  expect(await get("/readyz")).toEqual([200, "ready\n"]);
  const plain = await connectPlain(planner.url);
  await plain.ask("new_coach", { name: "Counted" });
  await plain.ask("new_coach", { name: "" });
  await plain.ask("made_up_by_a_client");
  await plain.until("coaches", (rows) => rows.length === 6);
  const [status, text] = await get("/metrics");
  expect(status).toBe(200);
  const lines = text.split("\n");
  for (const line of [
    "# TYPE rowcast_calls_total counter",
    'rowcast_calls_total{event="new_coach",outcome="ok"} 1',
    'rowcast_calls_total{event="new_coach",outcome="invalid"} 1',
    'rowcast_calls_total{event="unknown",outcome="unknown_event"} 1',
    "# TYPE rowcast_call_duration_seconds histogram",
    'rowcast_call_duration_seconds_bucket{event="new_coach",le="+Inf"} 2',
    'rowcast_connections_total{outcome="ok"} 1',
    "rowcast_sockets 1",
    "rowcast_writer_queue_depth 0",
    "rowcast_reader_queue_depth 0",
    "rowcast_calls_in_flight 0",
    'rowcast_publish_lag_seconds_count{list="coaches"} 1',
    'rowcast_list_loads_total{list="coaches",kind="whole",outcome="ok"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  expect(text).not.toContain("made_up");
});

test("with --require-login only who is signed in writes, everybody reads", async () => {
  const planner = await start({ args: ["--require-login"] });
  const [staff, visitor] = [await connectPlain(planner.url), await connectPlain(planner.url)];
  const refused = await visitor.ask("new_coach", "not even looked at");
  expect(refused).toMatchObject({ ok: false, code: "unauthenticated" });
  expect(await visitor.ask("refresh")).toBeNull();
  await staff.ask("login", { username: "rosesmith", password: "rosesmith_password" });
  expect((await staff.ask("new_coach", { name: "By staff" })).ok).toBe(true);
  await visitor.until("coaches", (rows) => rows.length === 6);
  await staff.ask("logout");
  expect((await staff.ask("delete_schedule", 1)).code).toBe("unauthenticated");
});

test("a token signs in again until its session has ended, on every connection", async () => {
  const planner = await start({ args: ["--require-login"] });
  const first = connect(planner.url);
  const credentials = { username: "rosesmith", password: "rosesmith_password" };
  const { user } = await first.login(credentials);
  const auth = { token: user?.token };
  const second = connect(planner.url, { auth });
  expect((await second.coaches.create({ name: "By token" })).ok).toBe(true);
  expect((await first.logout()).ok).toBe(true);
  expect((await second.coaches.create({ name: "Too late" })).code).toBe("unauthenticated");
  const late = connect(planner.url, { auth });
  await new Promise<void>((resolve) => {
    late.connection.subscribe(() => late.connection.error && resolve());
  });
  expect(late.connection.error).toBeInstanceOf(RowcastRefusedError);
  expect(late.connection.error).toMatchObject({ code: "unauthenticated" });
  for (const client of [first, second, late]) client.connection.close();
});

test("passwords are guessed ten times a minute, whether the name exists or not", async () => {
  const planner = await start();
  const client = await connectPlain(planner.url);
  for (const username of ["rosesmith", "nobody"]) {
    const answers: PlainAck[] = [];
    for (let number = 0; number < 30; number += 1) {
      answers.push(await client.ask("login", { username, password: `guess ${number}` }));
    }
    expect(new Set(answers.slice(0, 10).map(({ code }) => code))).toEqual(new Set(["invalid"]));
    const throttled = answers.find(({ code }) => code === "busy");
    expect(throttled?.errors).toEqual({
      _: [expect.stringMatching(/^too many attempts to sign in, please try again in \d seconds?$/)],
    });
  }
  const others = { username: "danbaily", password: "danbaily_password" };
  expect((await client.ask("login", others)).ok).toBe(true);
});

test("only named origins may talk to the server from elsewhere", async () => {
  const origin = "http://localhost:3000";
  const poll = async (planner: Planner, from: string): Promise<string | null> => {
    const url = `${planner.url}/socket.io/?EIO=4&transport=polling`;
    return (await fetch(url, { headers: { origin: from } })).headers.get(
      "access-control-allow-origin",
    );
  };
  const closed = await start();
  expect(await poll(closed, origin)).toBeNull();
  const open = await start({ args: ["--cors-origin", origin] });
  expect(await poll(open, origin)).toBe(origin);
  expect(await poll(open, "http://elsewhere.example")).not.toBe("http://elsewhere.example");
});

test("pages of other origins open no websocket, those of the server and of named ones do", async () => {
  const planner = await start({ args: ["--cors-origin", "https://planner.example"] });
  const open = (origin?: string): Promise<string> => {
    const extraHeaders = origin === undefined ? {} : { origin };
    const options = {
      transports: ["websocket"],
      reconnection: false,
      forceNew: true,
      extraHeaders,
    };
    const socket = io(planner.url, options);
    return new Promise<string>((resolve) => {
      socket.once("connect", () => resolve("open"));
      socket.once("connect_error", () => resolve("refused"));
    }).finally(() => socket.close());
  };
  expect(await open()).toBe("open");
  expect(await open(planner.url)).toBe("open");
  expect(await open("https://planner.example")).toBe("open");
  expect(await open("https://evil.example")).toBe("refused");
  expect(await open("null")).toBe("refused");
});

test("a wildcard origin is refused with what to write instead", () => {
  const folder = mkdtempSync(join(tmpdir(), "planner-"));
  const args = ["--port", "0", "--database-url", join(folder, "x.sqlite3"), "--cors-origin", "*"];
  const ended = spawnSync(serverBinary(), args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain("help: name scheme, host and port");
});
