/** Servers of the repository, each in a process of its own. */
import { type SpawnOptionsWithoutStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A running process that serves. */
export interface ServerProcess {
  readonly url: string;
  readonly isAlive: () => boolean;
  /** Ends the process and waits for that. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** Where cargo has put a program; `build` says how it is built. */
export function programPath(path: string, build: string): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "target");
  const program = join(target, "debug", path);
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`${build}\` first`);
  return program;
}

/** Starts a server and waits until it has printed where it listens; `options` can end it in time. */
export async function startProcess(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptionsWithoutStdio, "timeout" | "killSignal"> = {},
): Promise<ServerProcess> {
  const child = spawn(program, args, options);
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
  return {
    url,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await ended;
    },
  };
}
