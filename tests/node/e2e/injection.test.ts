/** What would be a command elsewhere is a text here: in every text field of every resource, as the contract lists them. */
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Planner, startPlanner } from "../support/planner.js";
import { closeAll, connectPlain, type PlainClient, type Row } from "../support/sockets.js";

/** Each means something to a database, a template, a shell, a page or a parser. */
const TEXTS = [
  `'; DROP TABLE coaches; --`,
  `" OR "1"="1`,
  `1) UNION SELECT sql FROM x --`,
  `%_\\%`,
  `?1 :name @name $name`,
  `{"$ne": null}`,
  `"},"ok":false,{"x":"`,
  `\\" \\u0000 \\n`,
  `a\u0000b`,
  `\u2028\u2029\uFEFF`,
  `\u202Eabc 😀 é e\u0301`,
  `__proto__`,
  `<script>alert(1)</script>`,
  `$(reboot) \`reboot\` \${reboot}`,
  `42["new_coach",{"name":"x"}]`,
  `{"_placeholder":true,"num":0}`,
];

interface Property {
  readonly type?: string | readonly string[];
  readonly pattern?: string;
}

interface Case {
  /** The resource: `Coach`. */
  readonly name: string;
  readonly list: string;
  readonly create: string;
  readonly good: Record<string, unknown>;
}

const CASES: readonly Case[] = [
  { name: "Coach", list: "coaches", create: "new_coach", good: { name: "Ann" } },
  {
    name: "ExerciseMove",
    list: "exercise_moves",
    create: "new_exercise_moves",
    good: { name: "Squat", focus: "Legs" },
  },
  {
    name: "WorkoutPlan",
    list: "workout_plans",
    create: "new_workout_plan",
    good: { name: "Plan", difficulty: "easy", exercise_moves: [] },
  },
  {
    name: "Schedule",
    list: "schedules",
    create: "new_schedule",
    good: { day: "Monday", hour: "0900", coach: { id: 1 }, workout_plan: { id: 1 } },
  },
];

let planner: Planner;
let client: PlainClient;
let schemas: Record<string, { readonly properties: Record<string, Property> }>;

beforeAll(async () => {
  const file = new URL("../../../examples/crossfit/asyncapi/asyncapi.yaml", import.meta.url);
  const { document } = await new Parser().parse(readFileSync(file, "utf8"));
  if (document === undefined) throw new Error("the document can't be read");
  schemas = document.json<{ components: { schemas: typeof schemas } }>().components.schemas;
  planner = await startPlanner();
  client = await connectPlain(planner.url);
});

afterAll(async () => {
  closeAll();
  await planner.remove();
});

/** The fields of an input that take any text, and those that take texts of one form only. */
function textFields(name: string): { free: string[]; bound: string[] } {
  const properties = Object.entries(schemas[`New${name}`]?.properties ?? {});
  const texts = properties.filter(([, { type }]) => [type].flat().includes("string"));
  const isFree = ({ pattern }: Property) => !pattern || new RegExp(pattern, "u").test(`';--`);
  const [free, bound] = [true, false].map((wanted) =>
    texts.filter(([, property]) => isFree(property) === wanted).map(([field]) => field),
  );
  return { free: free ?? [], bound: bound ?? [] };
}

test("every resource that clients create has a case", () => {
  const inputs = Object.keys(schemas).filter((name) => name.startsWith("New"));
  expect(CASES.map(({ name }) => `New${name}`).sort()).toEqual(inputs.sort());
});

describe.each(CASES)("$name", ({ name, list, create, good }) => {
  test("keeps and shows each text as it is", async () => {
    const { free } = textFields(name);
    const singular = name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();
    for (const field of free) {
      for (const text of TEXTS) {
        const created = await client.ask(create, { ...good, [field]: text });
        expect(created, `${field}: ${text}`).toMatchObject({ ok: true, data: { [field]: text } });
        const { id } = created.data as { id: number };
        const got = await client.ask(`get_${singular}`, id);
        expect(got.data).toMatchObject({ id, [field]: text });
        const updated = await client.ask(`update_${singular}`, { id, [field]: `${text}!` });
        expect(updated.data).toMatchObject({ id, [field]: `${text}!` });
        const shows = (row: Row): boolean => row.id === id && row[field] === `${text}!`;
        await client.until(list, (rows) => rows.some(shows));
      }
    }
    expect(free.length > 0 || name === "Schedule").toBe(true);
  }, 60_000);

  test("refuses what has not the form of a field, and keeps all that was there", async () => {
    const { bound } = textFields(name);
    for (const field of bound) {
      for (const text of TEXTS) {
        const refused = await client.ask(create, { ...good, [field]: text });
        expect(refused, `${field}: ${text}`).toMatchObject({ ok: false, code: "invalid" });
      }
    }
    expect(bound.length > 0 || name !== "Schedule").toBe(true);
    expect((await client.ask("get_coach", 1)).data).toMatchObject({ id: 1 });
  });

  test("takes none of them for an id", async () => {
    const singular = name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();
    for (const text of TEXTS) {
      for (const payload of [text, { id: text }]) {
        const refused = await client.ask(`get_${singular}`, payload);
        expect(refused, text).toMatchObject({ ok: false, code: "invalid" });
      }
    }
  });
});
