/**
 * The two languages agree: values of every construct, made and judged by the server's side (`tests/examples/roundtrip.rs`),
 * are judged by the emitted schemas and by the TypeScript compiler, and come back to Rust as they were.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "@rowcast/client/codec";
import { beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { CODECS } from "../../golden/every/typescript/codecs.js";
import * as schemas from "../../golden/every/typescript/zod.js";
import { programPath } from "../support/process.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const COUNT = 2000;
const SEED = process.env["ROUNDTRIP_SEED"] ?? `${Math.floor(Math.random() * 1e9)}`;

/** A payload, what the server answers, and what is wrong with it. */
interface Judged {
  readonly type: keyof typeof inputs;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly back: unknown;
  readonly errors: Record<string, string[]> | null;
}

const inputs = {
  Probe: schemas.probeInputSchema,
  Ruled: schemas.ruledInputSchema,
  Directed: schemas.directedInputSchema,
  NewThing: schemas.newThingSchema,
  ThingPatch: schemas.thingPatchSchema,
};

const outputs: Partial<Record<Judged["type"], z.ZodType>> = {
  Probe: schemas.probeSchema,
  Ruled: schemas.ruledSchema,
  Directed: schemas.directedSchema,
};

/** What arrives in Node for the JSON that the server has: bytes stand beside the text of a packet. */
function arrived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(arrived);
  if (typeof value !== "object" || value === null) return value;
  if ("base64" in value) return Buffer.from(String(value.base64), "base64");
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, arrived(inner)]));
}

/** What the client makes of it. Inputs are decoded as what comes back, as a page would hold them. */
function decoded(type: Judged["type"], value: unknown): unknown {
  const command = type === "NewThing" || type === "ThingPatch" ? null : type.toLowerCase();
  const given = arrived(value);
  return command === null ? CODECS.rows("things", given) : CODECS.answers(command, given);
}

/** The JSON of a value that a client sends. */
function sentText(value: unknown): string {
  return JSON.stringify(encode(value), (_, inner: unknown) =>
    inner instanceof Uint8Array
      ? { _placeholder: true, base64: Buffer.from(inner).toString("base64") }
      : inner,
  );
}

/** A value as it is written in TypeScript. */
function written(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `new Uint8Array([${value.join()}])`;
  if (Array.isArray(value)) return `[${value.map(written).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`).join()}}`;
}

const limits = { maxBuffer: 1 << 28, encoding: "utf8" } as const;
let judged: readonly Judged[];

function program(): string {
  return programPath("examples/roundtrip", "cargo build -p rowcast-tests --examples");
}

/** The values that the server takes, or those that it refuses. */
function those(taken: boolean): Judged[] {
  return judged.filter(({ errors }) => (errors === null) === taken);
}

beforeAll(() => {
  const lines = execFileSync(program(), ["send", `${COUNT}`, SEED], limits)
    .trim()
    .split("\n");
  judged = lines.map((line) => JSON.parse(line) as Judged);
  console.info(
    `ROUNDTRIP_SEED=${SEED}: ${those(true).length} taken, ${those(false).length} refused`,
  );
});

test("what the server takes, the schemas take, as it is", () => {
  for (const { type, sent } of those(true)) {
    const read = inputs[type].safeParse(decoded(type, sent));
    expect(read.error?.issues ?? [], JSON.stringify(sent)).toEqual([]);
  }
  expect(those(true).length).toBeGreaterThan(COUNT * 1.5);
});

/** In what the characters of this one are counted is known to the server only, as its type is part of another. */
const COUNTED_BY_SERVER = "limitedPoint.label";

test("what the server refuses, the schemas refuse", () => {
  for (const { type, sent, errors } of those(false)) {
    if (Object.keys(errors ?? {}).every((path) => path === COUNTED_BY_SERVER)) continue;
    const read = inputs[type].safeParse(decoded(type, sent));
    expect(read.success, `${JSON.stringify(errors)} in ${JSON.stringify(sent)}`).toBe(false);
  }
  expect(those(false).length).toBeGreaterThan(COUNT / 2);
});

test("what is wrong is told in the same words, at the same fields", () => {
  const refused = those(false).filter(({ type }) => type !== "Probe" && type !== "Directed");
  const fieldOf = (path: string) => path.split(/[.[]/)[0];
  for (const { type, sent, errors } of refused) {
    const { error } = inputs[type].safeParse(decoded(type, sent));
    const found = error === undefined ? {} : schemas.fieldErrors(error);
    // Inside of one field, serde stops at the first value that it can't read.
    for (const [path, messages] of Object.entries(errors ?? {})) {
      if (path === COUNTED_BY_SERVER && found[path] === undefined) continue;
      // On the wire a bigint is text, which no program that has the client writes.
      if (path === "huge" && typeof sent[path] === "number") continue;
      expect(found[path]?.toSorted(), `${path} in ${JSON.stringify(sent)}`).toEqual(
        messages.toSorted(),
      );
    }
    const fields = Object.keys(errors ?? {}).map(fieldOf);
    expect(fields, JSON.stringify(sent)).toEqual(
      expect.arrayContaining(Object.keys(found).map(fieldOf)),
    );
  }
  expect(refused.length).toBeGreaterThan(COUNT / 4);
});

test("what the server sends passes the schemas, and comes back as the same value", () => {
  const answered = those(true).filter(({ back }) => back !== null);
  const lines = answered.map(({ type, back }) => {
    const value = decoded(type, back);
    const read = outputs[type]?.safeParse(value);
    expect(read?.error?.issues ?? [], JSON.stringify(back)).toEqual([]);
    expect(read?.data).toEqual(value);
    return sentText({ type, back, returned: read?.data });
  });
  const received = spawnSync(program(), ["receive"], { ...limits, input: lines.join("\n") });
  expect(received.stderr).toBe("");
  expect(received.stdout).toBe("same\n");
});

test("the declared types are those of the values, sent and received", () => {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-"));
  const every = JSON.stringify(join(root, "tests/golden/every/typescript/index.js"));
  // The compiler refuses unknown keys in literals, which the server ignores.
  const some = those(true).filter(
    ({ sent, back }) => back !== null && !JSON.stringify(sent).includes('"unknown"'),
  );
  const lines = some
    .slice(0, 600)
    .flatMap(({ type, sent, back }) => [
      `export const sent${type}: every.${type}Input = ${written(decoded(type, sent))};`,
      `export const back${type}: every.${type} = ${written(decoded(type, back))};`,
    ]);
  const numbered = lines.map((line, index) => line.replace(/const (\w+)/, `const $1${index}`));
  // What is refused for its type does not compile.
  const refused = [
    '// @ts-expect-error: a choice that there is not\nexport const color: every.Color = "blue";',
    "// @ts-expect-error: null where a value must be\nexport const point: every.PointInput = { x: null };",
    "// @ts-expect-error: undefined where a key may be absent\nexport const other: every.PointInput = { x: 1, y: undefined };",
  ];
  const text = [`import type * as every from ${every};`, ...numbered, ...refused].join("\n");
  writeFileSync(join(folder, "values.ts"), text);
  const config = {
    extends: join(root, "tsconfig.base.json"),
    // The sources of the client: its package need not be built.
    compilerOptions: { customConditions: ["@rowcast/source"] },
    include: ["values.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiled = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], limits);
  rmSync(folder, { recursive: true });
  expect(compiled.stdout).toBe("");
  expect(compiled.status).toBe(0);
});
