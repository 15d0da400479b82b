/** Serves what was built, and looks whether the page says what the server renders of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";

const TEXT = "Connecting to the planner";

// `npx` and `npm` would stay between this process and the server, and the server would outlive its end.
const next = new URL("node_modules/next/dist/bin/next", import.meta.url).pathname;
const server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", "0"]);
const ended = once(server, "exit");
try {
  const html = await (await fetch(await address())).text();
  if (!html.includes(TEXT)) throw new Error(`the page does not say "${TEXT}":\n${html}`);
  console.log(`The page says "${TEXT}".`);
} finally {
  server.kill();
  await ended;
}

/** Where the server listens, once it does. */
async function address() {
  let printed = "";
  const found = new Promise((resolve) => {
    const read = (text) => {
      printed += text;
      const url = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(printed)?.[0];
      if (url !== undefined && printed.includes("Ready")) resolve(url);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
  });
  const url = await Promise.race([found, ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`the server ended before it listened:\n${printed}`);
  return url;
}
