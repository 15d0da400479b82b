/** `@rowcast/client` as npm packs it, in a project of its own: a generated client compiles with it, and runs. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle, compressed } from "../support/bundle.js";
import { type GoldenServer, startGolden } from "../support/golden.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const project = mkdtempSync(join(tmpdir(), "package-"));
const installed = join(project, "node_modules/@rowcast/client");

let server: GoldenServer;

/** Runs a program to its end; gives what it printed. */
function run(program: string, args: readonly string[], folder = root): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** The files below a folder, sorted. */
function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

function write(path: string, text: string): void {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Compiles as strictly as the repository is compiled, but for Node.js. */
function compile(config: string, options: object, include: readonly string[]): void {
  const compilerOptions = {
    ...{ module: "nodenext", moduleResolution: "nodenext", target: "es2022", noEmit: false },
    ...{ types: ["node"], lib: ["ES2023", "DOM"] },
    ...options,
  };
  write(
    config,
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include }),
  );
  const compiler = join(root, "node_modules/.bin/tsc");
  expect(run(compiler, ["-p", join(project, config)])).toBe("");
}

/** What else the project depends on: the same packages as the repository has. */
const DEPENDENCIES = [
  "@tanstack/db",
  "@types/node",
  "@types/react",
  "react",
  "socket.io-client",
  "zod",
];

beforeAll(async () => {
  const packed = ["pack", "--silent", "--workspace", "client", "--pack-destination", project];
  const archive = run("npm", packed).trim().split("\n").at(-1) ?? "";
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", join(project, archive), "--strip-components=1", "-C", installed]);
  for (const name of DEPENDENCIES) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
  server = await startGolden("files");
});

afterAll(async () => {
  await server?.remove();
  await rm(project, { recursive: true, force: true });
});

test("holds each module with its declarations, source map and source, and nothing else", () => {
  const files = filesIn(installed);
  const sources = filesIn(join(root, "client/src"));
  const modules = sources
    .filter((path) => !path.endsWith(".test.ts"))
    .map((path) => path.slice(0, -".ts".length));
  const built = modules.flatMap((module) => [
    `dist/${module}.d.ts`,
    `dist/${module}.d.ts.map`,
    `dist/${module}.js`,
    `dist/${module}.js.map`,
    `src/${module}.ts`,
  ]);
  expect(files).toEqual([...built, "README.md", "package.json"].sort());
});

test("has the syntax of ES2020, and modules that use React say that they are for clients", () => {
  const modules = filesIn(join(installed, "dist")).filter((path) => path.endsWith(".js"));
  for (const path of modules) {
    const code = readFileSync(join(installed, "dist", path), "utf8");
    // Assignments such as `??=`, and fields of classes, came later.
    expect(code, path).not.toMatch(/(\?\?|\|\||&&)=|^ {4}\w+( =.*)?;$\n(?= {4}constructor)/m);
    expect(code.startsWith('"use client";\n'), path).toBe(path.startsWith("react/"));
  }
});

test("compiles with a generated client under strict options, and makes a live call", async () => {
  const generated = join(root, "tests/golden/files/typescript");
  cpSync(generated, join(project, "src/generated"), { recursive: true });
  write(
    "src/main.ts",
    `import { RowcastError, VERSION } from "@rowcast/client";
import { collectionOptions } from "@rowcast/client/tanstack";
import { connect, RowcastError as Generated } from "./generated/index.js";
import { FilesProvider, formErrors } from "./generated/react.js";
import { fieldErrors, newFileSchema } from "./generated/zod.js";

const client = connect(process.argv[2] ?? "");
await client.files.ready;
const file = {
  id: "packed",
  content: new Uint8Array([1, 2]),
  size: 2n ** 60n,
  digest: new Uint8Array([3]),
  preview: null,
  owner: null,
  parts: [],
  attributes: {},
  thumbnail: new Uint8Array([4]),
};
const ack = await client.files.create(file);
const again = await client.files.create(file);
const parsed = newFileSchema.safeParse({ ...file, id: "" });
console.log(
  JSON.stringify({
    created: ack.ok,
    size: String(client.files.find("packed")?.size),
    again: Object.keys(formErrors(again.errors)),
    texts: parsed.error && fieldErrors(parsed.error),
    collection: collectionOptions("files", client.files).id,
    provider: typeof FilesProvider,
    isOne: RowcastError === Generated,
    version: VERSION,
  }),
);
client.connection.close();
`,
  );
  write("package.json", JSON.stringify({ type: "module", private: true }));
  compile("tsconfig.json", { outDir: "dist", rootDir: "src" }, ["src"]);

  const printed = JSON.parse(run("node", ["dist/main.js", server.url], project));
  expect(printed).toEqual({
    created: true,
    size: String(2n ** 60n),
    again: ["id"],
    texts: { id: [expect.any(String)] },
    collection: "files",
    provider: "function",
    isOne: true,
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

test("has declarations without a mistake", () => {
  const paths = ["", "/codec", "/react", "/zod"];
  const lines = paths.map(
    (path, at) => `export type * as part${at} from "@rowcast/client${path}";`,
  );
  // Not those of TanStack DB: it does not compile by itself.
  write("declarations.ts", lines.join("\n"));
  compile("declarations.json", { noEmit: true, skipLibCheck: false }, ["declarations.ts"]);
});

test("adds as little to a page as the modules that are emitted beside a client", async () => {
  const names = "openConnection, defineList";
  const page = `import { ${names} } from "@rowcast/client"; globalThis.used = { ${names} };`;
  const runtime = await bundle(join(project, "src"), page);
  const library = await bundle(join(project, "src"), `export * from "socket.io-client";`);
  expect(compressed(runtime) - compressed(library)).toBeLessThanOrEqual(6500);
});
