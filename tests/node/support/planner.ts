/** The planner's real server, in a process of its own, on a database of its own. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** How to start the server. */
export interface PlannerOptions {
  /** The folder of an earlier start; a new one if not given. */
  readonly folder?: string;
  /** The port of an earlier start; a free one if not given. */
  readonly port?: number;
  /** More arguments of the command line. */
  readonly args?: readonly string[];
}

/** A running server. */
export interface Planner {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly isAlive: () => boolean;
  /** Ends the process and waits for that; the folder stays for another start. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends the process and removes its folder. */
  readonly remove: () => Promise<void>;
}

/** Where cargo has put the server. */
export function serverBinary(): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");
  const binary = process.env["PLANNER_SERVER"] ?? join(target, "debug", "crossfit-server");
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing: run \`cargo build -p crossfit-server\` first`);
  }
  return binary;
}

/** Starts a server and waits until it listens. */
export async function startPlanner(options: PlannerOptions = {}): Promise<Planner> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "planner-"));
  const database = `sqlite:${join(folder, "planner.sqlite3")}`;
  const args = ["--port", `${options.port ?? 0}`, "--database-url", database];
  const child = spawn(serverBinary(), [...args, ...(options.args ?? [])]);
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += `${text}`;
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (text) => {
      const found = /http:\/\/\S+/.exec(`${text}`)?.[0];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`the server ended before it listened: ${errors}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    url,
    port: Number(new URL(url).port),
    folder,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop,
    remove: async () => {
      await stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
