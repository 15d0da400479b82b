import { defineConfig, type UserConfig } from "vite";

/** Where the server listens while `npm run dev` serves the page. */
const SERVER = "http://localhost:5555";

const config: UserConfig = defineConfig({
  server: {
    proxy: {
      "/socket.io": { target: SERVER, ws: true },
    },
  },
});

export default config;
