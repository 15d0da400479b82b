/** A run: servers that are killed, connections that break, clients that write all the while. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainClient } from "../support/sockets.js";
import { check, type Faults } from "./check.js";
import type { Lists, Write } from "./history.js";
import { startProxy } from "./proxy.js";
import { createRandom, type Random } from "./random.js";
import { createWriter, type Writer } from "./writer.js";

const WRITERS = 5;
/** How long clients may take to agree once all is well again, in milliseconds. */
const PATIENCE = 60_000;

/** How a run ended. */
export interface Report {
  readonly kills: number;
  readonly writes: readonly Write[];
  readonly faults: Faults;
  /** One line. */
  readonly summary: string;
}

/** Runs until the server was killed so many times, and looks at what is left. */
export async function run(kills: number, seed: number): Promise<Report> {
  const random = createRandom(seed);
  let planner = await startPlanner();
  const proxy = await startProxy(planner.port, random.fork());
  const url = `http://127.0.0.1:${proxy.port}`;
  const writers = Array.from({ length: WRITERS }, (_, index) =>
    createWriter(index, url, random.fork()),
  );
  const plain = await connectPlain(url);
  plain.socket.on("connect", () => plain.socket.emit("refresh"));
  try {
    let isOver = false;
    const writing = writers.map((writer) => writer.run(() => isOver));
    for (let killed = 0; killed < kills; killed += 1) {
      planner = await killAndRestart(planner, random);
    }
    isOver = true;
    await proxy.heal();
    await Promise.all(writing);
    // What is only in the memory of a server is not kept: ask one that has just started.
    await planner.stop("SIGKILL");
    planner = await startPlanner(planner);
    const stored = await readAll(await connectPlain(planner.url));
    await untilAgreed(writers, plain, stored);
    const writes = writers.flatMap((writer) => writer.history);
    const shown = Object.fromEntries(writers.map((writer, index) => [`${index}`, writer.lists()]));
    const faults = check(writes, stored, { ...shown, plain: Object.fromEntries(plain.lists) });
    return { kills, writes, faults, summary: summarize(kills, seed, writes, faults, proxy.faults) };
  } finally {
    for (const { client } of writers) client.connection.close();
    closeAll();
    await proxy.stop();
    await planner.remove();
  }
}

/** Lets it work for a while; sometimes not even long enough to start. */
async function killAndRestart(planner: Planner, random: Random): Promise<Planner> {
  await sleep(random.chance(0.15) ? random.below(40) : 150 + random.below(600));
  await planner.stop("SIGKILL");
  if (random.chance(0.3)) await sleep(random.below(300));
  return startPlanner({ folder: planner.folder, port: planner.port });
}

async function readAll(client: PlainClient): Promise<Lists> {
  await client.ask("refresh");
  return Object.fromEntries(client.lists);
}

/** Waits until all show what is stored; what they do not show in time, the check will find. */
async function untilAgreed(
  writers: readonly Writer[],
  plain: PlainClient,
  stored: Lists,
): Promise<void> {
  const end = Date.now() + PATIENCE;
  const disagree = (): boolean => {
    const shown = Object.fromEntries(writers.map((writer, index) => [`${index}`, writer.lists()]));
    const lists = { ...shown, plain: Object.fromEntries(plain.lists) };
    return check([], stored, lists).diverged.length > 0;
  };
  while (disagree() && Date.now() < end) await sleep(50);
}

function summarize(
  kills: number,
  seed: number,
  writes: readonly Write[],
  faults: Faults,
  network: object,
): string {
  const count = (outcome: Write["outcome"]): number =>
    writes.filter((write) => write.outcome === outcome).length;
  const numbers = {
    seed,
    kills,
    ...network,
    acked: count("accepted"),
    refused: count("refused"),
    unknown: count("unknown"),
    lost: faults.lost.length,
    doubled: faults.doubled.length,
    unwanted: faults.unwanted.length,
    diverged: faults.diverged.length,
  };
  const words = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
  return words.join(", ");
}
