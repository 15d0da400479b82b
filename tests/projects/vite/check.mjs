/** Opens the page that was built, in a window without a screen, and waits for the planner's coaches on it. */
import { readFileSync } from "node:fs";
import { GlobalRegistrator } from "@happy-dom/global-registrator";

const url = process.env.PLANNER_URL;
const html = readFileSync(new URL("dist/index.html", import.meta.url), "utf8");
const script = /src="\/(assets\/[^"]+\.js)"/.exec(html)?.[1];
if (!script) throw new Error(`the page has no script:\n${html}`);

// The page is as if the planner's server served it: pages of other origins are rejected.
GlobalRegistrator.register({ url });
document.body.innerHTML = '<div id="root"></div>';
await import(new URL(`dist/${script}`, import.meta.url));

const deadline = Date.now() + 20_000;
while (document.querySelectorAll("li").length === 0) {
  if (Date.now() > deadline) throw new Error(`no coaches: ${document.body.innerHTML}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log([...document.querySelectorAll("li")].map((item) => item.textContent).join(", "));
process.exit(0);
