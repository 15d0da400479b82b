import { expect, test } from "vitest";
import { findCredentials, socketArguments } from "./options.js";

test("the path of a url is where the server's paths begin", () => {
  const cases = [
    ["http://localhost:5555", "http://localhost:5555", undefined],
    ["http://localhost:5555/", "http://localhost:5555/", undefined],
    ["https://example.org/gym/", "https://example.org/", "/gym/socket.io"],
    ["https://example.org/a/b?c=/d", "https://example.org/?c=/d", "/a/b/socket.io"],
    ["/gym", "/", "/gym/socket.io"],
    ["/", "/", undefined],
  ] as const;
  for (const [url, root, path] of cases) {
    const [found, options] = socketArguments(url, {});
    expect([found, options.path], url).toEqual([root, path]);
  }
});

test("options of Socket.IO are passed on, but for those that this client decides", () => {
  const socket = { path: "/own", forceNew: false, autoConnect: true, reconnection: true };
  const [, options] = socketArguments("/gym", { socket, transports: ["websocket"] });
  expect(options).toEqual({
    path: "/own",
    forceNew: false,
    transports: ["websocket"],
    autoConnect: false,
    reconnection: false,
  });
});

test("credentials of later sources win, and functions are asked anew", async () => {
  let asked = 0;
  const token = async () => ({ token: `t${++asked}`, a: 1 });
  expect(await findCredentials({ a: 0, b: 0 }, token)).toEqual({ a: 1, b: 0, token: "t1" });
  expect(await findCredentials(undefined, token)).toEqual({ a: 1, token: "t2" });
  expect(await findCredentials(undefined, undefined)).toEqual({});
});
