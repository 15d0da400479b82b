import { defineConfig } from "vitest/config";
import { source } from "./vitest.source.js";

/** A kill takes about a second; the limit only ends what hangs. */
const kills = Number(process.env["CHAOS_KILLS"] ?? 10);

export default defineConfig({
  ...source,
  test: {
    name: "chaos",
    include: ["chaos/chaos.test.ts"],
    testTimeout: 300_000 + kills * 10_000,
  },
});
