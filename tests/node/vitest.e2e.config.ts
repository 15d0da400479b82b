import { defineConfig } from "vitest/config";
import { source } from "./vitest.source.js";

/** The limits only end what hangs; a test says itself what it waits for. */
export default defineConfig({
  ...source,
  test: {
    name: "e2e",
    include: ["e2e/*.test.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
