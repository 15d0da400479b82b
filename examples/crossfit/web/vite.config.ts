import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";

/** Where the server listens while `npm run dev` serves the page. */
const SERVER = "http://localhost:5555";

const page = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: UserConfig = defineConfig({
  plugins: [react()],
  server: {
    proxy: {
      "/socket.io": { target: SERVER, ws: true },
    },
  },
  build: {
    // The documentation's renderer is one large file, loaded by its page alone.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: { planner: page("index.html"), docs: page("docs/index.html") },
    },
  },
});

export default config;
