import { defineConfig } from "vitest/config";
import { source } from "./vitest.source.js";

export default defineConfig({
  ...source,
  test: { name: "unit", include: ["*.test.ts"] },
});
