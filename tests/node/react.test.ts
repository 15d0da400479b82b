// @vitest-environment happy-dom
/** The React hooks of the planner, rendered for real, against a server that speaks the wire. */

import { createIdentity } from "@rowcast/client/react";
import { act, createElement, memo, type ReactNode, StrictMode, Suspense, use } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Coach,
  connect,
  type PlannerClient,
} from "../../examples/crossfit/web/src/generated/index.js";
import {
  PlannerProvider,
  useCoach,
  useCoaches,
  useCommand,
  useConnection,
  useCreateCoach,
  useEvent,
  useIdentity,
  usePlannerClient,
  useUpdateCoach,
} from "../../examples/crossfit/web/src/generated/react.js";
import { pause, refuse, startServer, type TestServer, until } from "./support/server.js";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

let server: TestServer;
let root: Root;
let page: HTMLElement;

beforeEach(async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  localStorage.clear();
  server = await startServer();
  page = document.createElement("main");
  root = createRoot(page);
});

afterEach(async () => {
  await act(async () => root.unmount());
  await server.stop();
});

/** Renders below a provider that opens the connection itself. */
async function show(children: ReactNode, identityKey = "planner"): Promise<void> {
  await act(async () => root.render(inProvider(children, identityKey)));
}

function inProvider(children: ReactNode, identityKey = "planner"): ReactNode {
  const options = { transports: ["websocket" as const] };
  return createElement(PlannerProvider, { url: server.url, options, identityKey }, children);
}

/** Waits until the page shows a text. What is rendered by and by is rendered when an act ends. */
async function shows(text: string): Promise<void> {
  const start = Date.now();
  while (!page.textContent?.includes(text)) {
    if (Date.now() - start > 3000) throw new Error(`shows "${page.textContent}", not "${text}"`);
    await act(async () => pause(5));
  }
}

function put(id: number, name: string): void {
  const { at } = server.coaches.position();
  server.coaches.put({ id, name });
  server.push("coaches", at);
}

function sockets(): number {
  return server.io.of("/").sockets.size;
}

describe("a list", () => {
  function Names(): ReactNode {
    const { rows, status, isReady } = useCoaches();
    return `${isReady} ${status}: ${rows.map(({ name }) => name).join(", ")}`;
  }

  test("is shown from the first moment, and as it changes", async () => {
    put(1, "Rose");
    await show(createElement(Names));
    expect(page.textContent).toMatch(/^false/);
    await shows("true live: Rose");
    put(2, "Jim");
    await shows("true live: Rose, Jim");
    await act(async () => server.stop());
    await shows("true offline: Rose, Jim");
  });

  test("renders nothing again but what changed: one row of 1,000", async () => {
    for (let id = 1; id <= 1000; id += 1) server.coaches.put({ id, name: `Coach ${id}` });
    const rendered = new Map<number, number>();
    let lists = 0;
    const Row = memo(function Row({ id }: { readonly id: number }): ReactNode {
      rendered.set(id, (rendered.get(id) ?? 0) + 1);
      return `${useCoach(id)?.name}; `;
    });
    function List(): ReactNode {
      lists += 1;
      return useCoaches((rows) => rows.map(({ id }) => id)).map((id) =>
        createElement(Row, { key: id, id }),
      );
    }
    await show(createElement(List));
    await shows("Coach 1000;");
    rendered.clear();
    lists = 0;
    put(500, "Another");
    await shows("Another;");
    expect([...rendered]).toEqual([[500, 1]]);
    expect(lists).toBe(0);
  });

  test("is selected from: what is selected anew but equal renders nothing", async () => {
    let rendered = 0;
    function Count(): ReactNode {
      rendered += 1;
      return `count ${useCoaches((rows) => ({ count: rows.length })).count}`;
    }
    put(1, "Rose");
    await show(createElement(Count));
    await shows("count 1");
    const before = rendered;
    put(1, "Rosa");
    await act(async () => pause(100));
    expect(rendered).toBe(before);
    put(2, "Jim");
    await shows("count 2");
  });

  test("follows what the selector closes over", async () => {
    put(1, "Rose");
    put(2, "Jim");
    function Name({ id }: { readonly id: number }): ReactNode {
      return `name ${useCoaches((rows) => rows.find((row) => row.id === id)?.name)}`;
    }
    await show(createElement(Name, { id: 1 }));
    await shows("name Rose");
    await show(createElement(Name, { id: 2 }));
    await shows("name Jim");
  });

  test("can be waited for by Suspense, above the provider too", async () => {
    put(1, "Rose");
    function Waiting(): ReactNode {
      const { coaches } = usePlannerClient();
      use(coaches.ready);
      return useCoach(1)?.name;
    }
    const children = inProvider(createElement(Waiting));
    await act(async () => root.render(createElement(Suspense, { fallback: "loading" }, children)));
    await shows("Rose");
    expect(sockets()).toBe(1);
  });
});

describe("the connection", () => {
  function Status(): ReactNode {
    return useConnection().status;
  }

  test("is one under StrictMode, and closed with the provider", async () => {
    let opened = 0;
    server.io.on("connection", () => {
      opened += 1;
    });
    const clients = new Set<PlannerClient>();
    function Client(): ReactNode {
      clients.add(usePlannerClient());
      return useConnection().status;
    }
    const children = inProvider(createElement(Client));
    await act(async () => root.render(createElement(StrictMode, null, children)));
    await shows("live");
    expect(opened).toBe(1);
    expect(clients.size).toBe(1);
    await act(async () => root.render(null));
    await until(() => sockets() === 0);
    expect(opened).toBe(1);
  });

  test("is the one of a client that is given, and left open", async () => {
    const client = connect(server.url, { transports: ["websocket"] });
    const given = createElement(PlannerProvider, { client }, createElement(Status));
    await act(async () => root.render(given));
    await shows("live");
    await act(async () => root.render(null));
    await pause(50);
    expect(client.connection.status).toBe("live");
    client.connection.close();
  });

  test("leaves no listener behind", async () => {
    const client = connect(server.url, { transports: ["websocket"] });
    const { counted, listening } = counting(client);
    function All(): ReactNode {
      useCoaches();
      useCoach(1);
      useEvent("connected", () => {});
      return useConnection().status;
    }
    const given = createElement(PlannerProvider, { client: counted }, createElement(All));
    await act(async () => root.render(createElement(StrictMode, null, given)));
    await shows("live");
    expect(listening()).toBeGreaterThan(3);
    await act(async () => root.render(null));
    expect(listening()).toBe(0);
    client.connection.close();
  });

  test("is missing without a provider: the error names it", async () => {
    const rendering = act(async () => root.render(createElement(Status)));
    await expect(rendering).rejects.toThrow("<PlannerProvider>");
  });
});

/** A client that counts who listens to its coaches, its connection and its events. */
function counting(client: PlannerClient): { counted: PlannerClient; listening: () => number } {
  let listeners = 0;
  function count<Arguments extends unknown[]>(
    subscribe: (...args: Arguments) => () => void,
  ): (...args: Arguments) => () => void {
    return (...args) => {
      const stop = subscribe(...args);
      listeners += 1;
      return () => {
        listeners -= 1;
        stop();
      };
    };
  }
  const { coaches, connection } = client;
  const counted = {
    ...client,
    coaches: Object.create(coaches, { subscribe: { value: count(coaches.subscribe) } }),
    connection: Object.create(connection, { subscribe: { value: count(connection.subscribe) } }),
    on: count(client.on),
  };
  return { counted, listening: () => listeners };
}

test("an event reaches the listener of the latest rendering", async () => {
  const heard: string[] = [];
  function Listening({ name }: { readonly name: string }): ReactNode {
    useEvent("connected", ({ data }) => heard.push(`${name}: ${data}`));
    return useConnection().status;
  }
  await show(createElement(Listening, { name: "first" }));
  await shows("live");
  await show(createElement(Listening, { name: "second" }));
  server.io.emit("connected", { data: "again" });
  await until(() => heard.includes("second: again"));
  expect(heard).not.toContain("first: again");
});

describe("a call", () => {
  let create: ReturnType<typeof useCreateCoach>;
  function Creating(): ReactNode {
    create = useCreateCoach();
    const { pending, errors, error, ack } = create;
    return `pending ${pending}, ${errors.name}, ${error?.name}, ${ack?.ok}`;
  }

  test("has its state: pending, refused by field, forgotten, accepted", async () => {
    await show(createElement(Creating));
    await act(async () => {
      expect(await create.call({ name: "" })).toMatchObject({ ok: false });
    });
    expect(page.textContent).toBe("pending false, is missing, undefined, false");
    await act(async () => create.reset());
    expect(page.textContent).toBe("pending false, undefined, undefined, undefined");
    server.silent.add("new_coach");
    let calling: Promise<unknown> = Promise.resolve();
    await act(async () => {
      calling = create.call({ name: "Rose" });
    });
    expect(page.textContent).toMatch(/^pending true/);
    server.silent.clear();
    await act(async () => {
      for (const socket of server.io.of("/").sockets.values()) socket.conn.close();
      await calling;
    });
    expect(page.textContent).toBe("pending false, undefined, undefined, true");
  });

  test("that gets no answer does not reject, but says why", async () => {
    await show(createElement(Creating));
    server.answers.set("new_coach", "nonsense");
    await act(async () => {
      expect(await create.call({ name: "Rose" })).toBeNull();
    });
    expect(page.textContent).toBe("pending false, undefined, RowcastProtocolError, undefined");
  });

  test("shows the answer to the last of several", async () => {
    await show(createElement(Creating));
    await act(async () => {
      await Promise.all([create.call({ name: "" }), create.call({ name: "Rose" })]);
    });
    expect(page.textContent).toBe("pending false, undefined, undefined, true");
  });
});

test("an update is shown before its answer, on request, and taken back if it is refused", async () => {
  let update: ReturnType<typeof useUpdateCoach> | null = null;
  function Updating(): ReactNode {
    update = useUpdateCoach();
    return `${useCoach(1)?.name}, ${update.errors.name}`;
  }
  put(1, "Rose");
  await show(createElement(Updating));
  await shows("Rose");
  server.answers.set("update_coach", refuse({ name: ["is taken"] }));
  let calling: Promise<unknown> = Promise.resolve();
  await act(async () => {
    const optimistic = { optimistic: (coach: Coach) => ({ ...coach, name: "Jim" }) };
    calling = update?.call({ id: 1, name: "Jim" }, optimistic) ?? calling;
  });
  expect(page.textContent).toBe("Jim, undefined");
  await act(async () => {
    await calling;
  });
  expect(page.textContent).toBe("Rose, is taken");
});

describe("who is signed in", () => {
  let login: ReturnType<typeof useCommand<"login">>;
  let identity: ReturnType<typeof useIdentity>;
  function Who(): ReactNode {
    login = useCommand("login");
    identity = useIdentity();
    return `${useConnection().status} as ${identity.session?.name ?? "nobody"}`;
  }

  test("is known over reloads, told to the server, and forgotten", async () => {
    await show(createElement(Who));
    await act(async () => {
      const ack = await login.call({ username: "rose", password: "-" });
      if (ack?.ok) identity.set({ ...ack.user, username: "rose", token: "secret" });
    });
    await shows("live as Rose");
    await act(async () => root.unmount());

    root = createRoot(page);
    await show(createElement(Who));
    await shows("live as Rose");
    const [socket] = server.io.of("/").sockets.values();
    expect(socket?.handshake.auth).toMatchObject({ token: "secret" });
    await act(async () => identity.clear());
    await shows("live as nobody");
    expect(localStorage.length).toBe(0);
  });

  test("is nobody once the server does not know the session any more", async () => {
    const session = { id: 1, name: "Rose", username: "rose", token: "old" };
    localStorage.setItem("planner", JSON.stringify(session));
    server.io.use((socket, next) => {
      const isKnown = socket.handshake.auth["token"] === undefined;
      next(isKnown ? undefined : new Error("unauthenticated: the session is over"));
    });
    await show(createElement(Who));
    await shows("live as nobody");
  });

  test("is nobody when another tab signed out while this one did not listen", () => {
    const store = createIdentity<{ name: string }>("planner");
    store.set({ name: "Rose" });
    localStorage.removeItem("planner");
    const stop = store.subscribe(() => {});
    expect(store.getSnapshot()).toBeNull();
    stop();
  });

  test("changes with another tab", async () => {
    await show(createElement(Who));
    const session = { id: 2, name: "Jim", username: "jim", token: "t" };
    localStorage.setItem("planner", JSON.stringify(session));
    await act(async () => {
      window.dispatchEvent(new StorageEvent("storage", { key: "planner" }));
    });
    await shows("live as Jim");
    await until(() => {
      const [socket] = server.io.of("/").sockets.values();
      return socket?.handshake.auth["token"] === "t";
    });
  });
});
