/** The servers of golden cases (`tests/examples/golden_server.rs`), on databases of their own. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath, startProcess } from "./process.js";

/** A running server. */
export interface GoldenServer {
  readonly url: string;
  /** Ends the process and starts another one on the same database. */
  readonly restart: () => Promise<string>;
  /** Ends the process and removes its folder. */
  readonly remove: () => Promise<void>;
}

export async function startGolden(name: "files" | "ids"): Promise<GoldenServer> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const build = "cargo build -p rowcast-tests --examples";
  const start = () =>
    startProcess(programPath("examples/golden_server", build), [
      name,
      `sqlite:${join(folder, "data.sqlite3")}`,
    ]);
  let server = await start();
  return {
    url: server.url,
    restart: async () => {
      await server.stop("SIGKILL");
      server = await start();
      return server.url;
    },
    remove: async () => {
      await server.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
