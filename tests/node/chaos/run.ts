/** A run: servers that are killed, connections that break, clients that write all the while. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Planner, type PlannerOptions, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainClient } from "../support/sockets.js";
import { check, type Faults } from "./check.js";
import type { Lists, Write } from "./history.js";
import { type NetworkFaults, startProxy } from "./proxy.js";
import { createRandom, type Random } from "./random.js";
import { createWriter, type Writer } from "./writer.js";

const WRITERS = 5;
/** How long clients may take to go on, or to agree once all is well again, in milliseconds. */
const PATIENCE = 60_000;
/** About how long a start takes when the database is there, in milliseconds. */
const STARTING = 12;

/** How a run ended. */
export interface Report {
  readonly kills: number;
  readonly writes: readonly Write[];
  readonly faults: Faults;
  /** What the network did to the connections. */
  readonly network: NetworkFaults;
  /** One line. */
  readonly summary: string;
}

/** How long a run goes on: whichever comes first. */
export interface Length {
  readonly kills: number;
  readonly minutes: number;
}

/** Runs until the server was killed so many times, or for so long, and looks at what is left. */
export async function run({ kills, minutes }: Length, seed: number): Promise<Report> {
  const random = createRandom(seed);
  const end = Date.now() + minutes * 60_000;
  let killed = 0;
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
    for (; killed < kills && Date.now() < end; killed += 1) {
      const goal = countWrites(writers) + writesUntilKill(random);
      const goesOn = await until(() => countWrites(writers) >= goal);
      if (!goesOn) throw new Error(`after ${killed} kills, clients get no answers any more`);
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
    const network = proxy.faults;
    const summary = summarize(killed, seed, writes, faults, network);
    return { kills: killed, writes, faults, network, summary };
  } finally {
    for (const { client } of writers) client.connection.close();
    closeAll();
    await proxy.stop();
    await planner.remove();
  }
}

/** How many more writes are asked for before the next kill; sometimes it comes at once. */
function writesUntilKill(random: Random): number {
  return random.chance(0.15) ? random.below(4) : 20 + random.below(130);
}

function countWrites(writers: readonly Writer[]): number {
  return writers.reduce((sum, { history }) => sum + history.length, 0);
}

/** Some servers are killed once more while they start. */
async function killAndRestart(planner: Planner, random: Random): Promise<Planner> {
  const { folder, port } = planner;
  await planner.stop("SIGKILL");
  if (random.chance(0.3)) await sleep(random.below(300));
  if (random.chance(0.3))
    await killWhileStarting({ folder, port, killAfter: 1 + random.below(STARTING) });
  return startPlanner({ folder, port });
}

async function killWhileStarting(options: PlannerOptions): Promise<void> {
  try {
    // What did listen in time is killed here.
    await (await startPlanner(options)).stop("SIGKILL");
  } catch {
    // It ended before it listened, as it should.
  }
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
  const agree = (): boolean => {
    const shown = Object.fromEntries(writers.map((writer, index) => [`${index}`, writer.lists()]));
    const lists = { ...shown, plain: Object.fromEntries(plain.lists) };
    return check([], stored, lists).diverged.length === 0;
  };
  await until(agree);
}

/** Whether it holds in time. */
async function until(holds: () => boolean): Promise<boolean> {
  const end = Date.now() + PATIENCE;
  while (!holds() && Date.now() < end) await sleep(5);
  return holds();
}

function summarize(
  kills: number,
  seed: number,
  writes: readonly Write[],
  faults: Faults,
  network: NetworkFaults,
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
