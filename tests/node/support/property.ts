/** How property tests run: at random, or again as `PROPERTY_SEED` says, which a failure prints. */
export function runs(count: number): { numRuns: number; seed?: number } {
  const seed = process.env["PROPERTY_SEED"];
  const times = Number(process.env["PROPERTY_TIMES"] ?? 1);
  return { numRuns: count * times, ...(seed !== undefined && { seed: Number(seed) }) };
}
