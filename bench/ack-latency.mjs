/**
 * How long an update takes to be acknowledged while a list of 1,000 rows is refreshed after each one.
 * `cargo xtask bench` builds the release server and runs this.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";

const ROWS = 1000;
const UPDATES = 1000;

const folder = mkdtempSync(join(tmpdir(), "bench-"));
const database = `sqlite:${join(folder, "planner.sqlite3")}`;
const server = spawn(process.env.PLANNER_SERVER ?? "", ["--port", "0", "--database-url", database]);
const url = await new Promise((resolve) => {
  server.stdout.on("data", (text) => resolve(/http:\/\/\S+/.exec(`${text}`)?.[0]));
});
const open = () => io(url, { transports: ["websocket"], forceNew: true });
const [writer, listener] = [open(), open()];
let lists = 0;
let rows = 0;
listener.on("coaches", (list) => {
  lists += 1;
  rows = list.length;
});
await listener.emitWithAck("refresh");
for (let made = rows; made < ROWS; made += 1) {
  await writer.emitWithAck("new_coach", { name: `Coach ${made}` });
}

const quantile = (sorted, share) => sorted[Math.floor(sorted.length * share)].toFixed(2);

async function measure(name, pause) {
  const taken = [];
  lists = 0;
  for (let round = 0; round < UPDATES; round += 1) {
    const begun = performance.now();
    await writer.emitWithAck("update_coach", { id: 2, name: `Name ${round}` });
    taken.push(performance.now() - begun);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  taken.sort((a, b) => a - b);
  const [median, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(taken, share));
  console.log(
    `${name}: median ${median} ms, p95 ${p95} ms, p99 ${p99} ms; ${lists} lists of ${rows} rows`,
  );
}

await measure("a plain writer, one update after the other", 0);
await measure("a plain writer, an update every 10 ms   ", 10);
await writer.emitWithAck("sync", { coaches: null });
await measure("a synced writer, one update after the other", 0);
writer.close();
listener.close();
server.kill("SIGTERM");
server.once("exit", () => rmSync(folder, { recursive: true }));
