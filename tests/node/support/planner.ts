/** The planner's real server, in a process of its own, on a database of its own. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath, type ServerProcess, startProcess } from "./process.js";

/** How to start the server. */
export interface PlannerOptions {
  /** The folder of an earlier start; a new one if not given. */
  readonly folder?: string;
  /** The port of an earlier start; a free one if not given. */
  readonly port?: number;
  /** After how many milliseconds it is killed, if it has not been stopped before. */
  readonly killAfter?: number;
  /** More arguments of the command line. */
  readonly args?: readonly string[];
}

/** A running server. Its folder stays for another start when it is stopped. */
export interface Planner extends ServerProcess {
  readonly port: number;
  readonly folder: string;
  /** Ends the process and removes its folder. */
  readonly remove: () => Promise<void>;
}

/** Where cargo has put the server. */
export function serverBinary(): string {
  const build = "cargo build -p crossfit-server";
  return process.env["PLANNER_SERVER"] ?? programPath("crossfit-server", build);
}

/** Starts a server and waits until it listens. */
export async function startPlanner(options: PlannerOptions = {}): Promise<Planner> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "planner-"));
  const database = `sqlite:${join(folder, "planner.sqlite3")}`;
  const args = ["--port", `${options.port ?? 0}`, "--database-url", database];
  const server = await startProcess(serverBinary(), [...args, ...(options.args ?? [])], {
    timeout: options.killAfter,
    killSignal: "SIGKILL",
  });
  return {
    ...server,
    port: Number(new URL(server.url).port),
    folder,
    remove: async () => {
      await server.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
