// @vitest-environment happy-dom
/** What happens to the connection while somebody edits the page that opened it. */
import RefreshRuntime from "react-refresh/runtime";
import { expect, test } from "vitest";
import { pause, startServer, until } from "./support/server.js";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

test("hot reload of the provider and of what it shows leaves the one connection open", async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  // React looks for this when it is loaded.
  RefreshRuntime.injectIntoGlobalHook(globalThis as unknown as Window);
  const { act, createElement } = await import("react");
  const { createRoot } = await import("react-dom/client");
  const generated = await import("../../examples/crossfit/web/src/generated/react.js");
  const { PlannerProvider, useCoaches, useConnection } = generated;
  const server = await startServer();
  let opened = 0;
  server.io.on("connection", () => {
    opened += 1;
  });

  function Page(): string {
    return `before: ${useConnection().status} ${useCoaches().rows.length}`;
  }
  RefreshRuntime.register(PlannerProvider, "provider");
  RefreshRuntime.register(Page, "page");
  const page = document.createElement("main");
  const root = createRoot(page);
  const shown = createElement(PlannerProvider, { url: server.url }, createElement(Page));
  await act(async () => root.render(shown));
  await act(async () => until(() => page.textContent === "before: live 0"));

  // As if both files were saved: effects end and begin again, state is kept.
  RefreshRuntime.register((props: Parameters<typeof PlannerProvider>[0]) => {
    return PlannerProvider(props);
  }, "provider");
  RefreshRuntime.register((): string => {
    return `after: ${useConnection().status} ${useCoaches().rows.length}`;
  }, "page");
  await act(async () => {
    RefreshRuntime.performReactRefresh();
    await pause(100);
  });
  expect(page.textContent).toBe("after: live 0");
  expect(opened).toBe(1);
  expect(server.io.of("/").sockets.size).toBe(1);

  await act(async () => root.unmount());
  await until(() => server.io.of("/").sockets.size === 0);
  await server.stop();
});
