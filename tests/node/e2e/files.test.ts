/** Bytes and integers beyond 2^53, over real sockets: as the generated client has them, and as plain sockets do. */
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import {
  type Base64,
  type ClientToServerEvents,
  connect,
  type FilesClient,
  type NewFile,
  type ServerToClientEvents,
} from "../../golden/files/typescript/index.js";
import { type GoldenServer, startGolden } from "../support/golden.js";
import { closeAll, connectPlain, type PlainClient } from "../support/sockets.js";
import { untilShown } from "../support/until.js";

let server: GoldenServer;
let writer: FilesClient;
let reader: FilesClient;
let plain: PlainClient;

beforeAll(async () => {
  server = await startGolden("files");
  writer = connect(server.url);
  reader = connect(server.url, { transports: ["polling"] });
  plain = await connectPlain(server.url);
  await Promise.all([writer.files.ready, reader.files.ready]);
});

afterAll(async () => {
  writer.connection.close();
  reader.connection.close();
  closeAll();
  await server.remove();
});

const bytes = (...values: number[]) => new Uint8Array(values);
const BIG = 2n ** 64n - 1n;

const file: NewFile = {
  id: "a.png",
  // A view of a part of something longer.
  content: bytes(9, 9, 0, 255, 128, 9).subarray(2, 5),
  preview: null,
  size: BIG,
  owner: -(2n ** 63n),
  parts: [
    { offset: 0n, data: bytes(), inner: [{ offset: BIG, data: bytes(7), inner: [] }] },
    { offset: 1n, data: bytes(1, 2, 3), inner: [] },
  ],
  attributes: {
    a: { kind: "number", value: BIG },
    b: { kind: "text", value: "42" },
    c: { kind: "raw", value: bytes(42) },
  },
  digest: bytes(6),
  thumbnail: bytes(5),
};
const row = { ...file, content: bytes(0, 255, 128), seal: bytes() };

test("arrive in every client as they were sent", async () => {
  const ack = await writer.files.create(file);
  expect(ack).toMatchObject({ ok: true, data: row });
  expect(writer.files.find("a.png")).toEqual(row);
  await untilShown(reader.files, () => reader.files.rows.length === 1);
  expect(reader.files.rows).toEqual([row]);
  // Of the very types that are declared: no `Buffer`, no text.
  const found = reader.files.find("a.png");
  expect(Object.getPrototypeOf(found?.content)).toBe(Uint8Array.prototype);
  expect(typeof found?.size).toBe("bigint");
  expect(await reader.files.get("a.png")).toMatchObject({ ok: true, data: row });
  expect(await reader.files.list()).toMatchObject({ ok: true, data: { rows: [row] } });
});

test("change and are kept through a sync", async () => {
  const ack = await writer.files.update({ id: "a.png", preview: bytes(8), owner: null });
  expect(ack).toMatchObject({ ok: true, data: { ...row, preview: bytes(8), owner: null } });
  const late = connect(server.url);
  await late.files.ready;
  expect(late.files.rows).toEqual([{ ...row, preview: bytes(8), owner: null }]);
  late.connection.close();
});

test("a row that did not change keeps its identity, bytes and all", async () => {
  const before = reader.files.find("a.png");
  await writer.files.create({ id: "b", content: bytes(1), size: 1n });
  await untilShown(reader.files, () => reader.files.rows.length === 2);
  expect(reader.files.find("a.png")).toBe(before);
});

test("plain sockets get binary data and digits, and send the same", async () => {
  const sent = { id: "plain", content: Buffer.from([1, 2]), size: "18446744073709551615" };
  const ack = await plain.ask("upload", sent);
  expect(ack).toMatchObject({ ok: true, data: { size: "18446744073709551615", owner: null } });
  expect((ack.data as { content: unknown }).content).toEqual(Buffer.from([1, 2]));
  const list = new Promise((resolve) => plain.socket.once("files", resolve));
  await new Promise((resolve) => plain.socket.emit("refresh", resolve));
  const rows = (await list) as { id: string; content: unknown }[];
  // A packet with more than ten attachments would end the connection.
  const content = { _placeholder: true, base64: "AQI=" };
  expect(rows.find(({ id }) => id === "plain")?.content).toEqual(content);
  expect((await plain.ask("remove_file", "plain")).ok).toBe(true);
});

test("commands and events carry them too", async () => {
  const told = new Promise((resolve) => {
    reader.on("alarm", (alarm) => {
      expectTypeOf(alarm.code).toEqualTypeOf<bigint>();
      resolve(alarm);
    });
  });
  const input = { samples: [bytes(1), bytes(2, 3)], factor: 2n ** 60n };
  const ack = await writer.join({ ...input, pair: [bytes(4), "5"] });
  const total = 3n * 2n ** 60n;
  expect(ack).toMatchObject({
    ok: true,
    joined: { joined: bytes(1, 2, 3), total, pair: [bytes(4), "5"], more: { value: total } },
  });
  expect(await told).toEqual({ code: total, picture: bytes(1, 2, 3) });
});

test("a command refuses at a field of its input", async () => {
  const ack = await writer.join({ samples: [], factor: 1n, pair: [null, ""] });
  expect(ack).toMatchObject({ code: "invalid", errors: { samples: ["there is nothing to join"] } });
});

test("what is no bytes or no whole number is refused in words", async () => {
  const ack = await plain.ask("add_file", { id: "x", content: "AAAA", size: 5 });
  expect(ack.errors).toEqual({
    content: ["must be binary data"],
    size: ['must be a whole number as text, such as "7"'],
  });
  const limits = await plain.ask("add_file", { id: "x", content: Buffer.alloc(65), size: "0" });
  expect(limits.errors).toEqual({
    content: ["is too long, the maximum is 64"],
    size: ["must be at least 1"],
  });
});

test("plain sockets can send base64 as well", async () => {
  const sent = { id: "text", content: { base64: "AQI=" }, size: "1" };
  const ack = await plain.ask("add_file", sent);
  expect((ack.data as { content: unknown }).content).toEqual(Buffer.from([1, 2]));
});

test("nobody can send what other clients would take for an attachment", async () => {
  for (const forged of [
    { _placeholder: true, num: 0 },
    { _placeholder: true, base64: "AAAA" },
  ]) {
    const ack = await plain.ask("add_file", { id: "forged", content: forged, size: "1" });
    expect(ack).toMatchObject({
      code: "invalid",
      errors: { _: ["the binary data did not come along"] },
    });
  }
});

test("survive the server's end", async () => {
  const url = await server.restart();
  const again = connect(url);
  await again.files.ready;
  expect(again.files.find("a.png")).toEqual({ ...row, preview: bytes(8), owner: null });
  again.connection.close();
});

test("the types of plain sockets say what arrives there", () => {
  type Row = Parameters<ServerToClientEvents["files"]>[0][number];
  expectTypeOf<Row["size"]>().toEqualTypeOf<string>();
  expectTypeOf<Row["content"]>().toEqualTypeOf<Uint8Array | ArrayBuffer | Base64>();
  type Input = Parameters<ClientToServerEvents["add_file"]>[0];
  expectTypeOf<Input["owner"]>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Parameters<ServerToClientEvents["alarm"]>[0]["code"]>().toEqualTypeOf<string>();
});
