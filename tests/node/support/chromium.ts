/** Finds a Chromium for the browser tests, and installs one if there is none. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

/** Where Chromium is commonly found; `CHROMIUM` says another place. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const MISSING = "no Chromium was found: install it, or say by CHROMIUM where it is";

function findChromium(): string | undefined {
  const named = process.env["CHROMIUM"] ?? "";
  return [named, ...PLACES, chromium.executablePath()].find((path) => existsSync(path));
}

/** The program of the browser. */
export function foundChromium(): string {
  const found = findChromium();
  if (found === undefined) throw new Error(MISSING);
  return found;
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}

function installByDebian(): void {
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-yqq", "--no-install-recommends", "chromium", "fonts-dejavu-core");
}

function installByPlaywright(): void {
  const program = createRequire(import.meta.url).resolve("playwright-core/cli.js");
  run(process.execPath, program, "install", "chromium");
}

/** Runs once before the browser tests. */
export function setup(): void {
  if (findChromium() !== undefined) return;
  const isRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  try {
    if (isRoot) installByDebian();
    else installByPlaywright();
  } catch (error) {
    throw new Error(MISSING, { cause: error });
  }
  foundChromium();
}
