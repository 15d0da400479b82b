/** The emitted documents are valid for the official parser, and have what the emitted client has. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);

const cases = [
  ["examples/crossfit/asyncapi/asyncapi.yaml", "examples/crossfit/web/src/generated/events.ts"],
  ...["commands_and_events", "empty", "every", "relations"].map((name) => [
    `tests/golden/${name}/asyncapi/asyncapi.yaml`,
    `tests/golden/${name}/typescript/events.ts`,
  ]),
] as [document: string, events: string][];

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, root)), "utf8");
}

/** The events in the emitted types of the client, which are typed by the same contract. */
function emittedEvents(path: string): string[] {
  const text = read(path);
  const types = text.slice(text.indexOf("export interface ServerEvents"));
  return [...types.matchAll(/^ {2}"?([\w:.-]+)"?: rowcast\./gm)].map(([, name]) => name ?? "");
}

/** The parser takes seconds for a long document, and more on a busy machine. */
const PATIENCE = 60_000;

test.each(cases)("%s is valid and has every event", { timeout: PATIENCE }, async (path, events) => {
  const { document, diagnostics } = await new Parser().parse(read(path));
  const faults = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
  expect(faults).toEqual([]);
  const messages = document?.allMessages().all() ?? [];
  const names = new Set(messages.map((message) => message.name()));
  const emitted = emittedEvents(events);
  expect(emitted.length).toBeGreaterThan(2);
  expect([...names].sort()).toEqual([...new Set(emitted)].sort());
});

test("calls have their acks as replies, and what the server tells has none", {
  timeout: PATIENCE,
}, async () => {
  const { document } = await new Parser().parse(read(cases[0]?.[0] ?? ""));
  const operations = document?.allOperations().all() ?? [];
  for (const operation of operations) {
    const replies = operation.reply()?.messages().all() ?? [];
    expect(replies.length, operation.id()).toBe(operation.action() === "receive" ? 1 : 0);
  }
  expect(operations.length).toBeGreaterThan(25);
});
