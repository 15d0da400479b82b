import { expect, test } from "vitest";
import { RowcastError } from "./errors.js";
import { openConnection, VERSION } from "./index.js";
import { checkVersion } from "./version.js";

const [major = "", minor = "", patch = ""] = VERSION.split(".");

test("clients of the same major version are served", () => {
  expect(() => checkVersion(`${major}.${minor}`)).not.toThrow();
  expect(() => checkVersion(VERSION)).not.toThrow();
  if (major !== "0") expect(() => checkVersion(major)).not.toThrow();
});

test("others are refused before they connect, with both versions and the remedy", () => {
  const others = [`${major}.${Number(minor) + 1}`, `${Number(major) + 1}`, `${major}${patch}`, ""];
  for (const wanted of others) expect(() => checkVersion(wanted), wanted).toThrow(RowcastError);
  const open = () => openConnection("http://127.0.0.1:1", {}, { runtime: "9" });
  expect(open).toThrow(
    `this client is for @rowcast/client 9, not ${VERSION}. Regenerate the client.`,
  );
});
