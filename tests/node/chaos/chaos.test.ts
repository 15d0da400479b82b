/** Servers are killed and connections break; nothing may be lost, doubled, unwanted or shown otherwise than stored. */
import { writeFileSync } from "node:fs";
import { env } from "node:process";
import { expect, test } from "vitest";
import { run } from "./run.js";

const most = Number(env["CHAOS_KILLS"] ?? 10);
const minutes = Number(env["CHAOS_MINUTES"] ?? Number.POSITIVE_INFINITY);
const seed = Number(env["CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

test(`${most} kills with seed ${seed}`, async () => {
  const { faults, kills, network, summary, writes } = await run({ kills: most, minutes }, seed);
  if (env["CHAOS_SUMMARY"]) writeFileSync(env["CHAOS_SUMMARY"], summary);
  expect(faults, summary).toEqual({ lost: [], doubled: [], unwanted: [], diverged: [] });
  expect(writes.filter(({ outcome }) => outcome === "accepted").length).toBeGreaterThan(kills);
  // A run in which nothing broke shows nothing; a few kills may be over before anything does.
  if (kills < 10) return;
  expect(network.cuts + network.halfCuts).toBeGreaterThan(0);
  expect(network.repeats).toBeGreaterThan(0);
});
