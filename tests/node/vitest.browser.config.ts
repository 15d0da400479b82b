import { defineConfig } from "vitest/config";
import { source } from "./vitest.source.js";

/** The limits only end what hangs; a test says itself what it waits for. */
export default defineConfig({
  ...source,
  test: {
    name: "browser",
    include: [process.env["SCREENSHOTS"] ? "browser/screenshots.ts" : "browser/*.test.ts"],
    globalSetup: "support/chromium.ts",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
