// @vitest-environment happy-dom
/** Sessions, servers and hidden pages as React sees them, against a server that speaks the wire. */
import { Activity, act, createElement, type ElementType, type ReactNode, useEffect } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type CoachSession,
  type ConnectOptions,
  connect,
  type PlannerClient,
} from "../../examples/crossfit/web/src/generated/index.js";
import {
  PlannerProvider,
  useCoach,
  useCoaches,
  useConnection,
  useCreateCoach,
  useIdentity,
} from "../../examples/crossfit/web/src/generated/react.js";
import { pause, startServer, type TestServer, until } from "./support/server.js";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

let server: TestServer;
let root: Root;
let page: HTMLElement;
let given: PlannerClient[];
/** The tokens that came, in order. */
let came: unknown[];
/** Those that are refused. */
let dead: Set<unknown>;

beforeEach(async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  localStorage.clear();
  server = await startServer();
  [given, came, dead] = [[], [], new Set()];
  server.io.use((socket, next) => {
    const token: unknown = socket.handshake.auth["token"];
    came.push(token);
    next(dead.has(token) ? new Error("unauthenticated: your session has expired") : undefined);
  });
  page = document.createElement("main");
  root = createRoot(page);
});

afterEach(async () => {
  await act(async () => root.unmount());
  for (const client of given) client.connection.close();
  await server.stop();
});

const quick = { transports: ["websocket" as const], socket: { reconnectionDelay: 20 } };

function provided(children: ReactNode, options: ConnectOptions = {}): ReactNode {
  const props = { url: server.url, options: { ...quick, ...options }, identityKey: "planner" };
  return createElement(PlannerProvider, props, children);
}

function give(options: ConnectOptions = {}): PlannerClient {
  const client = connect(server.url, { ...quick, ...options });
  given.push(client);
  return client;
}

async function show(node: ReactNode): Promise<void> {
  await act(async () => root.render(node));
}

async function shows(text: string): Promise<void> {
  const start = Date.now();
  while (!page.textContent?.includes(text)) {
    if (Date.now() - start > 3000) throw new Error(`shows "${page.textContent}", not "${text}"`);
    await act(async () => pause(5));
  }
}

function session(token: string): CoachSession {
  return { id: 1, name: `of ${token}`, age: null, picture: null, username: "rose", token };
}

let identity: ReturnType<typeof useIdentity>;
function Who(): ReactNode {
  identity = useIdentity();
  const name = identity.session?.name ?? "a visitor";
  return `${useConnection().status} ${name}, ended: ${identity.ended}`;
}

function sentNow(): unknown {
  const [socket] = server.io.of("/").sockets.values();
  return socket?.handshake.auth["token"];
}

describe("1, 12: a session that is over", () => {
  test("while the page is offline is over when it is back", async () => {
    localStorage.setItem("planner", JSON.stringify(session("t")));
    await show(provided(createElement(Who)));
    await shows("live of t");
    dead.add("t");
    for (const socket of server.io.of("/").sockets.values()) socket.conn.close();
    await shows("live a visitor, ended: your session has expired");
    expect(came).toEqual(["t", "t", undefined]);
    await act(async () => identity.set(session("next")));
    await shows("live of next, ended: null");
  });

  test("elsewhere is over at once", async () => {
    server.accounts.set("t", "account 1");
    localStorage.setItem("planner", JSON.stringify(session("t")));
    await show(provided(createElement(Who)));
    await shows("live of t");
    server.io.emit("session", { account: null, ended: true, message: "ended elsewhere" });
    await shows("live a visitor, ended: ended elsewhere");
    expect(sentNow()).toBeUndefined();
  });
});

describe("2: the identity", () => {
  test("survives a rejection of what was sent before it", async () => {
    localStorage.setItem("planner", JSON.stringify(session("old")));
    let refuse: (() => void) | null = null;
    server.io.use((socket, next) => {
      if (socket.handshake.auth["token"] !== "old") next();
      else refuse = () => next(new Error("unauthenticated: too old"));
    });
    await show(provided(createElement(Who)));
    await until(() => refuse !== null);
    await act(async () => {
      identity.set(session("new"));
      refuse?.();
    });
    await shows("live of new");
    await act(async () => pause(100));
    expect(page.textContent).toContain("of new");
    expect(sentNow()).toBe("new");
  });

  test("is sent as soon as it is set, and no more once it is cleared, whatever became of the logout", async () => {
    await show(provided(createElement(Who)));
    await shows("live a visitor");
    await act(async () => identity.set(session("t")));
    await shows("live of t");
    await until(() => sentNow() === "t");
    server.silent.add("logout");
    await act(async () => identity.clear());
    await shows("live a visitor, ended: null");
    await until(() => sentNow() === undefined && server.io.of("/").sockets.size === 1);
  });
});

test("4: what is written right after a sign-in as another account belongs to that one", async () => {
  server.accounts.set("rose", "account 1").set("dan", "account 2");
  localStorage.setItem("planner", JSON.stringify(session("rose")));
  let create: ReturnType<typeof useCreateCoach>;
  function Creating(): ReactNode {
    create = useCreateCoach();
    return createElement("p", null, `${create.error?.name} `, createElement(Who));
  }
  await show(provided(createElement(Creating)));
  await shows("live of rose");
  await act(async () => {
    identity.set(session("dan"));
    expect(await create.call({ name: "by Dan" })).toMatchObject({ ok: true });
  });
  await shows("undefined live of dan");
});

test("5: `auth` is that of the latest rendering", async () => {
  const auth = (tenant: string) => () => ({ tenant });
  const tenants: unknown[] = [];
  server.io.use((socket, next) => {
    tenants.push(socket.handshake.auth["tenant"]);
    next();
  });
  await show(provided(createElement(Who), { auth: auth("first") }));
  await shows("live");
  await show(provided(createElement(Who), { auth: auth("second") }));
  for (const socket of server.io.of("/").sockets.values()) socket.conn.close();
  await act(async () => until(() => tenants.length === 2));
  expect(tenants).toEqual(["first", "second"]);
});

test("13: a row that is not there differs from one that is not known yet", async () => {
  const seen: unknown[] = [];
  function Row(): ReactNode {
    const coach = useCoach(7);
    seen.push(coach);
    return `${useCoach(null)} ${coach === null ? "none" : coach?.name}`;
  }
  await show(provided(createElement(Row)));
  await shows("undefined none");
  expect(seen[0]).toBeUndefined();
  server.coaches.put({ id: 7, name: "Rose" });
  server.push("coaches", 0);
  await shows("undefined Rose");
});

describe("14: a client that is given", () => {
  function Names(): ReactNode {
    const { rows, isReady } = useCoaches();
    const count = useCoaches((all, list) => `${all.length} ${list.status}`);
    return `${isReady} ${count} ${rows.map(({ name }) => name)} ${useConnection().status} ${useCoach(1)?.name}`;
  }

  test("is hydrated with what a server has shown, and then has its rows", async () => {
    server.coaches.put({ id: 1, name: "Rose" });
    const client = give();
    await client.coaches.ready;
    const element = createElement(PlannerProvider, { client }, createElement(Names));
    const html = renderToString(element);
    expect(html).toBe("false 0 connecting  connecting undefined");
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const recovered: unknown[] = [];
    page = document.createElement("main");
    page.innerHTML = html;
    await act(async () => {
      root = hydrateRoot(page, element, { onRecoverableError: (error) => recovered.push(error) });
    });
    await shows("true 1 live Rose live Rose");
    expect(recovered).toEqual([]);
    expect(errors).not.toHaveBeenCalled();
    errors.mockRestore();
  });

  test("sends the identity's token, beside what its own `auth` gives", async () => {
    localStorage.setItem("planner", JSON.stringify(session("t")));
    const client = give({ auth: { tenant: 7 } });
    await show(
      createElement(PlannerProvider, { client, identityKey: "planner" }, createElement(Who)),
    );
    await shows("live of t");
    await until(() => sentNow() === "t");
    const [socket] = server.io.of("/").sockets.values();
    expect(socket?.handshake.auth).toMatchObject({ token: "t", tenant: 7 });
    await act(async () => identity.clear());
    const isVisitor = (): boolean =>
      server.io.of("/").sockets.size === 1 && sentNow() === undefined;
    await act(async () => until(isVisitor));
  });
});

test("14: a method that throws before it calls is an error, not pending for ever", async () => {
  let create: ReturnType<typeof useCreateCoach>;
  function Creating(): ReactNode {
    create = useCreateCoach();
    return `${create.pending} ${create.error?.message}`;
  }
  const client = give();
  const coaches = Object.create(client.coaches, {
    create: {
      value: () => {
        throw new TypeError("not like that");
      },
    },
  });
  const broken = { ...client, coaches };
  await show(createElement(PlannerProvider, { client: broken }, createElement(Creating)));
  await act(async () => {
    expect(await create.call({ name: "Rose" })).toBeNull();
  });
  expect(page.textContent).toBe("false TypeError: not like that");
});

test("14: a page that <Activity> hides has no connection, and a live one when it is shown again", async () => {
  server.coaches.put({ id: 1, name: "Rose" });
  function Names(): ReactNode {
    const { rows } = useCoaches();
    return `${useConnection().status} ${rows.map(({ name }) => name)}`;
  }
  const within = (mode: "visible" | "hidden"): ReactNode =>
    createElement(Activity as ElementType, { mode }, provided(createElement(Names)));
  await show(within("visible"));
  await shows("live Rose");
  await show(within("hidden"));
  await act(async () => until(() => server.io.of("/").sockets.size === 0));
  server.coaches.put({ id: 1, name: "Rosa" });
  await show(within("visible"));
  await shows("live Rosa");
  expect(server.io.of("/").sockets.size).toBe(1);
});

describe("2: the connection has the identity that is shown", () => {
  const keep = (token: string, key = "planner"): void =>
    localStorage.setItem(key, JSON.stringify(session(token)));
  const sends = (token: string | undefined): Promise<void> =>
    act(async () => {
      await until(() => server.io.of("/").sockets.size === 1 && sentNow() === token);
    });
  /** A component that signs in or out as it appears. */
  function First({ session: next }: { readonly session: ReturnType<typeof session> | null }): null {
    const { set, clear } = useIdentity();
    // biome-ignore lint/correctness/useExhaustiveDependencies: once
    useEffect(() => (next ? set(next) : clear()), []);
    return null;
  }

  test("after a sign-out while `auth` is under way", async () => {
    keep("t");
    const auth = (): Promise<object> => pause(150).then(() => ({}));
    await show(provided(createElement(Who), { auth: auth as never }));
    await shows("of t");
    await act(async () => identity.clear());
    await shows("live a visitor");
    await sends(undefined);
    expect(came).toEqual([undefined]);
  });

  test("after a sign-in that was taken back while `auth` is under way", async () => {
    keep("a");
    let wait = 0;
    const auth = (): Promise<object> => pause(wait).then(() => ({}));
    await show(provided(createElement(Who), { auth: auth as never }));
    await shows("live of a");
    wait = 150;
    await act(async () => identity.set(session("b")));
    await act(async () => pause(30));
    await act(async () => identity.set(session("a")));
    await act(async () => pause(300));
    await sends("a");
  });

  test("after a sign-in and a sign-out as the page appears", async () => {
    const signIn = createElement(First, { key: 1, session: session("t") });
    await show(provided([signIn, createElement(Who, { key: 2 })]));
    await shows("live of t");
    await sends("t");
    const signOut = createElement(First, { key: 3, session: null });
    await show(provided([signOut, createElement(Who, { key: 2 })]));
    await shows("live a visitor");
    await sends(undefined);
  });

  test("of another `identityKey`", async () => {
    keep("ta", "a");
    keep("tb", "b");
    const under = (identityKey: string): ReactNode =>
      createElement(
        PlannerProvider,
        { url: server.url, options: quick, identityKey },
        createElement(Who),
      );
    await show(under("a"));
    await shows("live of ta");
    await show(under("b"));
    await shows("of tb");
    await sends("tb");
  });

  test("of a client that is given again after a sign-out elsewhere", async () => {
    keep("t");
    const client = give();
    const node = createElement(
      PlannerProvider,
      { client, identityKey: "planner" },
      createElement(Who),
    );
    await show(node);
    await sends("t");
    await show(null);
    localStorage.removeItem("planner");
    await show(node);
    await shows("live a visitor");
    await sends(undefined);
  });

  test("and a refusal of the old one leaves what another tab has stored", async () => {
    keep("old");
    await show(provided(createElement(Who)));
    await shows("live of old");
    dead.add("old");
    // Its event is still on its way.
    keep("fresh");
    for (const socket of server.io.of("/").sockets.values()) socket.conn.close();
    await shows("live of fresh");
    await sends("fresh");
  });
});

test("14: a provider sends the `auth` among Socket.IO's own options", async () => {
  const socket = { reconnectionDelay: 20, auth: { token: "own" } };
  await show(provided(createElement(Who), { socket }));
  await shows("live");
  expect(sentNow()).toBe("own");
});
