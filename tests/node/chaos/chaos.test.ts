/** Servers are killed and connections break; nothing may be lost, doubled, unwanted or shown otherwise than stored. */
import { writeFileSync } from "node:fs";
import { env } from "node:process";
import { expect, test } from "vitest";
import { run } from "./run.js";

const kills = Number(env["CHAOS_KILLS"] ?? 10);
const seed = Number(env["CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

test(`${kills} kills with seed ${seed}`, async () => {
  const { faults, network, summary, writes } = await run(kills, seed);
  if (env["CHAOS_SUMMARY"]) writeFileSync(env["CHAOS_SUMMARY"], summary);
  expect(faults, summary).toEqual({ lost: [], doubled: [], unwanted: [], diverged: [] });
  expect(writes.filter(({ outcome }) => outcome === "accepted").length).toBeGreaterThan(kills);
  // A run in which nothing broke shows nothing; a few kills may be over before anything does.
  if (kills < 10) return;
  expect(network.cuts + network.halfCuts).toBeGreaterThan(0);
  expect(network.repeats).toBeGreaterThan(0);
});
