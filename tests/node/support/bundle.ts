/** What bundlers make of a page. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

/** What the bundler of Vite makes of a page with this code in a folder; without `libraries`, which stay outside. */
export async function bundle(
  folder: string,
  code: string,
  libraries: readonly string[] = [],
): Promise<string> {
  const page = join(folder, "entry-of-the-page.js");
  const built = await rolldown({
    input: page,
    platform: "browser",
    // Bundlers without server components say that they leave out `"use client"`.
    onLog: () => {},
    transform: { define: { "process.env.NODE_ENV": JSON.stringify("production") } },
    external: [...libraries],
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === page ? page : null),
        load: (id) => (id === page ? code : null),
      },
    ],
  });
  const { output } = await built.generate({ format: "esm", minify: true });
  return output[0].code;
}

/** How many bytes code has when it is compressed. */
export function compressed(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}
