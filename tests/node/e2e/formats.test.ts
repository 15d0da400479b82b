/**
 * One verdict on every text and number: values near the limits of each format, in each place where one can stand, judged
 * by the emitted schemas and by the server's side (`tests/examples/roundtrip.rs`), in the same words and codes.
 *
 * Long, since it is a table of cases.
 */
import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import {
  fieldCodes,
  fieldErrors,
  formatProbeInputSchema,
  formatProbeSchema,
} from "../../golden/every/typescript/zod.js";
import { programPath } from "../support/process.js";

const SEED = Number(process.env["FORMATS_SEED"] ?? Math.floor(Math.random() * 1e9));
const MUTANTS = Number(process.env["FORMATS_MUTANTS"] ?? 60);

/** The same numbers for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const random = generator(SEED);

function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}

const DATES = [
  ..."2026-05-01 2024-02-29 2023-02-29 1900-02-29 2000-02-29 0000-02-29 2026-04-31".split(" "),
  ..."2026-13-01 2026-00-10 2026-01-00 2026-1-1 26-01-01 9999-12-31 10000-01-01".split(" "),
  ..."+10000-01-01 +2026-01-01 -0001-01-01 -0004-02-29 -0000-02-29 +262142-12-31".split(" "),
  ..."+262143-01-01 -262143-01-01 -262144-01-01 +0262142-12-31 -001-01-01".split(" "),
  ..."20260501 2026/05/01 01.05.2026 2026-05-01Z 2026-121 2026-W18-5".split(" "),
];
const TIMES = [
  ..."09:00 09:00:00 09:00:00.5 23:59:60 23:59:61 24:00 24:00:00 9:00 09:60 00:00".split(" "),
  ..."09:00:00. 09:00:00.123456789 09:00:00.1234567890123 09:00:00,5 09 0900 090000".split(" "),
  ..."09:00Z 09:00:00+02:00 T09:00 09:00:0 -09:00 09:-1 12:34:56.789".split(" "),
];
const OFFSETS = [
  ..."Z z +02:00 +0200 -00:00 +00:00 +23:59 -23:59 +24:00 +02 +2:00 +02:60 UTC utc GMT".split(" "),
  ..."+02:00:00 +020 +02:0 −02:00 Z+00:00 +-2:00".split(" "),
  " Z",
  "",
];
const SEPARATORS = ["T", "t", " ", "_", "  ", "T "];
const UUID = "67e55044-10b1-426f-9247-bb680e5fe0c8";
const GREATEST = "79228162514264337593543950335";

function localDateTimes(): string[] {
  const days = DATES.map((day) => `${day}T09:00`);
  const times = TIMES.map((time) => `2026-05-01T${time}`);
  return [...days, ...times, ...SEPARATORS.map((separator) => `2026-05-01${separator}09:00:00`)];
}

const EXAMPLES = {
  moment: [
    ...localDateTimes().flatMap((local) => [`${local}Z`, `${local}+02:00`]),
    ...OFFSETS.flatMap((offset) => [`2026-05-01T09:00${offset}`, `2026-05-01T09:00:00.5${offset}`]),
    "2026-05-01",
    "2026-05-01T09:00:00",
    "+262142-12-31T23:59:59.999999999Z",
    "-262143-01-01T00:00:00Z",
    "+262142-12-31T23:59:59-23:59",
    "2016-12-31T23:59:60Z",
  ],
  local: [...localDateTimes(), "2026-05-01", "2026-05-01T09:00:00Z"],
  day: [...DATES, "2026-05-01T00:00:00"],
  hour: TIMES,
  uuid: [
    UUID,
    UUID.toUpperCase(),
    UUID.replaceAll("-", ""),
    `{${UUID}}`,
    `urn:uuid:${UUID}`,
    `${UUID} `,
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    UUID.slice(0, -1),
    `${UUID}0`,
    "67e550441-0b1-426f-9247-bb680e5fe0c8",
  ],
  url: [
    "https://example.org mailto:a@b.c http://[::1]:80/ http:/a http:a https:// a:b ftp://x".split(
      " ",
    ),
    "//x /x x http://exa%mple http://a:99999 http://1.2.3.256 http://1.2.3 data:,x".split(" "),
    "http://münchen.de http://xn--mnchen-3ya.de http://a_b.c http://[::1 urn:x:y http://a..b".split(
      " ",
    ),
    [" https://example.org", "https://exa mple.org", "https://example.org/a b", "http://\u00ad"],
  ].flat(),
  price: [
    "0 -0 00 1 -1 +1 1. .5 -.5 5e3 1e5 1E5 1_000 1,5 007.50 0x10 NaN Infinity ١ --1 1.2.3".split(
      " ",
    ),
    [GREATEST, `-${GREATEST}`, "79228162514264337593543950336", `${GREATEST}.0`, `0${GREATEST}`],
    ["7.9228162514264337593543950335", "7.92281625142643375935439503350", "0.1", "", " 1", "1 "],
    [
      `0.${"0".repeat(27)}1`,
      `0.${"0".repeat(28)}1`,
      "9".repeat(28),
      "9".repeat(29),
      "1".repeat(60),
    ],
  ].flat(),
  address:
    "127.0.0.1 ::1 :: 1::2::3 ::ffff:1.2.3.4 ::1.2.3.04 1.2.3 1.2.3.4.5 01.2.3.4 256.1.1.1 fe80::1%1 12345::".split(
      " ",
    ),
  letter: ["a", "ß", "\u{1F600}", "e\u0301", "", "ab", "\ud83d", "\u{1F1EB}\u{1F1F7}", "\0"],
  text: ["", "a", "\ud83d", "\ude00x", "\u{1F600}", "\0", "\uffff", " "],
  emoji: [
    "",
    "a",
    "\u{1F1EB}\u{1F1F7}",
    "\u{1F468}\u200d\u{1F469}",
    "ab",
    "e\u0301",
    "\u{1F600}\u{1F600}",
    "\u{1F600}\u{1F600}\u{1F600}",
    ...["abcd", "abcde", "ééé", "éééé", "éé", "e\u0301e\u0301", "e\u0301e\u0301e\u0301"],
  ],
  title: [
    "",
    " ",
    "\t\r\n",
    "\u00a0",
    "\u2003\u3000",
    "\ufeff",
    "\u200b",
    "\u0085",
    "\u180e",
    " a ",
  ],
  version: ["1", "-1.5", "1.", "1".repeat(40), "1e5", ""],
  exact: "0 -0 01 +1 -1 9223372036854775807 9223372036854775808 -9223372036854775808 1.0 1e3".split(
    " ",
  ),
  key: [
    ..."0 1 -1 01 +1 -0 1.0 1e0 2147483647 -2147483648 2147483648 -2147483649 x 1_0 ١".split(" "),
    ..."127 128 -128 -129 255 256 65535 65536 18446744073709551615 18446744073709551616 -99 999".split(
      " ",
    ),
    ..."170141183460469231731687303715884105727 170141183460469231731687303715884105728".split(" "),
    ..."-170141183460469231731687303715884105728 -170141183460469231731687303715884105729".split(
      " ",
    ),
    ..."340282366920938463463374607431768211455 340282366920938463463374607431768211456".split(" "),
  ],
  word: [
    ..."true false True TRUE 1 0 yes dark-red green DarkRed Green A4 a4 letter Letter".split(" "),
    "\ud83d",
    "",
  ],
} as const;

const NUMBERS = [
  ...[0, -0, 1, -1, 1.5, 17, 18, 120, 121, 127, 128, -128, -129, 255, 256, 300, 1e21, 1e-7, 1e-28],
  ...[
    1e-29, 7.9e28, 8e28, 1e29, 1e300, 5e-324, 3.4028234663852886e38, 3.4028235677973366e38, 3.5e38,
  ],
  ...[0.1, 123456789.12345679, 2 ** 53, 2 ** 53 - 1, -(2 ** 63), 1.0000000000000002],
];

const ALPHABET = [..."0123456789-+:.TZtz eE_/,abcf{}%\u0660\u2212\u{1F600}é"];

/** The text with a few random changes. */
function mutant(text: string): string {
  let characters = [...text];
  for (let changes = random(3) + 1; changes > 0; changes -= 1) {
    const at = random(characters.length + 1);
    const kind = random(3);
    const inserted = kind === 0 ? [] : [oneOf(ALPHABET)];
    characters = characters.toSpliced(at, kind === 1 ? 0 : 1, ...inserted);
  }
  return characters.join("");
}

function texts(examples: readonly string[]): string[] {
  return [...examples, ...Array.from({ length: MUTANTS }, () => mutant(oneOf(examples)))];
}

/** Whether a host beyond ASCII is one, as it is or as `xn--`, depends on the platform's version of the rules for it. */
function withKnownHost(url: string): string {
  return url.replace("\u0660", "0").replace(/xn--[^/]*/i, "xn--mnchen-3ya.de");
}

type Payload = Record<string, unknown>;

/** Where values of each kind can stand. */
const PLACES: Record<keyof typeof EXAMPLES, ((text: string) => Payload)[]> = {
  moment: [
    (moment) => ({ moment }),
    (offset) => ({ offset }),
    (key) => ({ keys: { moments: { [key]: true } } }),
    (key) => ({ keys: { bytes_at: { [key]: 256 } } }),
  ],
  local: [
    (local) => ({ local }),
    (key) => ({ keys: { locals: { [key]: true } } }),
    (local) => ({ loose: { local } }),
    (local) => ({ loose: { deeper: { local } } }),
    (local) => ({ flattened: { name: "x", local } }),
    (local) => ({ flattened: { deeper: { local } } }),
    (at) => ({ inside: { kind: "Local", at } }),
    (c) => ({ beside: { c, t: "Local" } }),
    (untagged) => ({ untagged }),
  ],
  day: [
    (day) => ({ day }),
    (key) => ({ keys: { days: { [key]: true } } }),
    (key) => ({ keys: { days_of_moments: { [key]: "2026-05-01T09:00:00Z" } } }),
    (day) => ({ days: ["2026-05-01", day] }),
    (at) => ({ inside: { at, kind: "Day" } }),
    (day) => ({ untagged: [day] }),
  ],
  hour: [
    (hour) => ({ hour }),
    (key) => ({ keys: { hours: { [key]: true } } }),
    (hour) => ({ pair: [hour, "1"] }),
  ],
  uuid: [
    (uuid) => ({ uuid }),
    (key) => ({ keys: { uuids: { [key]: true } } }),
    (uuid) => ({ loose: { uuid } }),
    (uuid) => ({ flattened: { uuid } }),
  ],
  url: [
    (url) => ({ url: withKnownHost(url) }),
    (key) => ({ keys: { urls: { [withKnownHost(key)]: true } } }),
  ],
  price: [
    (price) => ({ price }),
    (key) => ({ keys: { prices: { [key]: true } } }),
    (ruled_price) => ({ ruled_price }),
    (price) => ({ loose: { price } }),
    (price) => ({ flattened: { price } }),
    (price) => ({ prices: { x: price } }),
    (price) => ({ pair: ["09:00", price] }),
    (at) => ({ inside: { kind: "Price", at } }),
    (c) => ({ beside: { t: "Price", c } }),
    (price) => ({ untagged: { price } }),
  ],
  address: [
    (address) => ({ address }),
    (key) => ({ keys: { addresses: { [key]: true } } }),
    (address4) => ({ address4 }),
    (address6) => ({ address6 }),
    (host) => ({ host }),
  ],
  letter: [
    (letter) => ({ letter }),
    (letter) => ({ letters: ["a", letter] }),
    (letter) => ({ reaction: { emoji: "a", bytes: "ab", letter } }),
    (key) => ({ keys: { letters: { [key]: true } } }),
  ],
  text: [(text) => ({ text }), (text) => ({ emoji: text }), (name) => ({ flattened: { name } })],
  emoji: [
    (emoji) => ({ emoji }),
    (flag) => ({ flag }),
    (emoji) => ({ reaction: { emoji, bytes: "abc" } }),
    (bytes) => ({ reaction: { emoji: "a", bytes } }),
    (characters) => ({ reaction: { emoji: "a", bytes: "ab", characters } }),
    (units) => ({ reaction: { emoji: "a", bytes: "ab", units } }),
    (long) => ({ reaction: { emoji: "a", bytes: "ab", long } }),
    (short) => ({ reaction: { emoji: "a", bytes: "ab", short } }),
    (lastLetter) => ({
      reaction: { emoji: "a", bytes: "ab", signed: { ByHand: { lastLetter } } },
    }),
    (Stamp) => ({ reaction: { emoji: "a", bytes: "ab", signed: { Stamp } } }),
  ],
  title: [(title) => ({ title })],
  version: [(version) => ({ version })],
  exact: [(exact) => ({ exact })],
  key: [
    (key) => ({ signed_keys: { [key]: true } }),
    (key) => ({ wide_keys: { [key]: true } }),
    (key) => ({ keys: { bytes: { [key]: true } } }),
    (key) => ({ keys: { huge: { [key]: true } } }),
    (key) => ({ keys: { not_zero: { [key]: true } } }),
    (key) => ({ keys: { from_one: { [key]: true } } }),
    (key) => ({ keys: { nested: { green: { [key]: true } } } }),
    (key) => ({ keys: { shorts_of_bytes: { [key]: 256 } } }),
    (key) => ({ keys: { shorts_of_bytes: { [key]: 255 } } }),
    (key) => ({ keys: { bytes_of_shorts: { [key]: 256 } } }),
    (wide) => ({ counters: { wide } }),
    (widest) => ({ counters: { widest } }),
    (not_zero) => ({ counters: { not_zero } }),
    (from_one) => ({ counters: { from_one } }),
  ],
  word: [
    (key) => ({ keys: { answers: { [key]: true } } }),
    (key) => ({ keys: { colors: { [key]: true } } }),
    (key) => ({ prices: { [key]: "1" } }),
    (key) => ({ keys: { sizes: { [key]: 1 } } }),
    (key) => ({ keys: { sizes: { [key]: 256 } } }),
  ],
};

const NUMBER_PLACES: ((value: number) => Payload)[] = [
  (single) => ({ single }),
  (double) => ({ double }),
  (byte) => ({ byte }),
  (age) => ({ age }),
  (not_zero) => ({ not_zero }),
  (from_one) => ({ from_one }),
  (price) => ({ price }),
  (price) => ({ prices: { x: price } }),
  (single) => ({ loose: { single } }),
  (single) => ({ flattened: { single } }),
  (price) => ({ flattened: { price } }),
  (not_zero) => ({ flattened: { not_zero } }),
  (at) => ({ inside: { kind: "Single", at } }),
  (at) => ({ inside: { kind: "Price", at } }),
  (c) => ({ beside: { t: "Price", c } }),
  (day) => ({ day }),
  (uuid) => ({ loose: { uuid } }),
];

/** What the server says of a payload. */
interface Judged {
  readonly back: unknown;
  readonly errors: Record<string, string[]> | null;
  readonly codes: Record<string, unknown[]> | null;
}

const payloads: Payload[] = [
  ...Object.entries(EXAMPLES).flatMap(([kind, examples]) =>
    PLACES[kind as keyof typeof EXAMPLES].flatMap((place) => texts(examples).map(place)),
  ),
  ...NUMBER_PLACES.flatMap((place) => NUMBERS.map(place)),
];
let judged: readonly Judged[];

beforeAll(() => {
  const program = programPath("examples/roundtrip", "cargo build -p rowcast-tests --examples");
  const { stdout, stderr } = spawnSync(program, ["judge"], {
    input: payloads.map((payload) => JSON.stringify(payload)).join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  expect(stderr).toBe("");
  judged = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Judged);
  console.info(`FORMATS_SEED=${SEED}: ${payloads.length} values`);
});

/** What the schemas say of it. */
function read(payload: Payload) {
  const { error } = formatProbeInputSchema.safeParse(payload);
  return error === undefined
    ? { errors: null, codes: null }
    : { errors: fieldErrors(error), codes: fieldCodes(error) };
}

test("both sides come to the same verdict", () => {
  expect(judged.length).toBe(payloads.length);
  expect(payloads.length).toBeGreaterThan(3000);
  const differing = payloads.flatMap((payload, index) => {
    const [here, there] = [read(payload).errors, judged[index]?.errors ?? null];
    return (here === null) === (there === null) ? [] : [{ payload, here, there }];
  });
  expect(differing.map((one) => JSON.stringify(one))).toEqual([]);
});

test("both sides say so in the same words and codes", () => {
  // Of several choices serde tells the one that was meant, and zod that it is none of them.
  const isChoice = ["inside", "beside", "untagged"];
  let compared = 0;
  const differing = payloads.flatMap((payload, index) => {
    const there = judged[index];
    if (isChoice.some((name) => name in payload) || there?.errors == null) return [];
    // Beside what is flattened, serde does not tell where it was.
    if ("flattened" in there.errors) return [];
    // Nor can it say which key had half of a character.
    if (Object.keys(there.errors).some((path) => path.endsWith(".?"))) return [];
    compared += 1;
    const here = read(payload);
    const isSame =
      JSON.stringify([here.errors, here.codes]) === JSON.stringify([there.errors, there.codes]);
    return isSame ? [] : [{ payload, here, there }];
  });
  expect(compared).toBeGreaterThan(500);
  expect(differing.map((one) => JSON.stringify(one))).toEqual([]);
});

test("what the server makes of it passes the schemas of what it sends", () => {
  const taken = judged.filter(({ errors }) => errors === null);
  expect(taken.length).toBeGreaterThan(500);
  const refused = taken.filter(({ back }) => !formatProbeSchema.safeParse(back).success);
  expect(refused.map((one) => JSON.stringify(one))).toEqual([]);
});
