/** What the generated client adds to a page: its size, and that a page has only what it imports. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundle as bundleIn, compressed } from "./support/bundle.js";

const generated = fileURLToPath(
  new URL("../../examples/crossfit/web/src/generated/", import.meta.url),
);

/** What the bundler of Vite makes of a page of the planner with this code. */
function bundle(code: string, libraries: readonly string[] = LIBRARIES): Promise<string> {
  return bundleIn(generated, code, libraries);
}

const LIBRARIES = ["socket.io-client", "react", "zod"];

const connecting = `import { connect } from "./index.js"; globalThis.gym = connect("/");`;

test("the client's runtime adds at most 6.5 kB, compressed, to socket.io-client", async () => {
  const names = "openConnection, defineList";
  const runtime = await bundle(
    `import { ${names} } from "./rowcast/index.js"; globalThis.used = { ${names} };`,
    [],
  );
  const library = await bundle(`import { io } from "socket.io-client"; globalThis.used = io;`, []);
  expect(compressed(library)).toBeGreaterThan(10_000);
  expect(compressed(runtime) - compressed(library)).toBeLessThanOrEqual(6500);
});

test("a page without hooks or schemas has none of either", async () => {
  const code = await bundle(connecting);
  expect(code).toContain("new_coach");
  expect(code).not.toMatch(/["`](react|zod)["`]/);
});

test("a page with one hook has not the others, and one with one schema not the others", async () => {
  const hook = `import { PlannerProvider, useCoaches } from "./react.js";
    globalThis.used = [PlannerProvider, useCoaches];`;
  const none = compressed(await bundle(connecting));
  const one = await bundle(hook);
  expect(one).toMatch(/["`]react["`]/);
  expect(one).not.toMatch(/exerciseMoves\.update/);
  expect(compressed(one) - none).toBeLessThan(2000);
  const schema = await bundle(
    `import { loginSchema } from "./zod.js"; globalThis.x = loginSchema;`,
  );
  expect(schema).toContain("username");
  expect(schema).not.toContain("video_link");
});

test("what is imported for nothing leaves nothing behind", async () => {
  const code = await bundle(
    `import "./index.js"; import "./react.js"; import "./rowcast/react/index.js";`,
  );
  expect(code.replaceAll(/import[^;]*;/g, "").trim()).toBe("");
});
