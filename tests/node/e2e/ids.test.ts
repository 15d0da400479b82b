/** Ids that are texts and UUIDs, some of them given by clients, and events with names and aliases of their own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connect,
  type FolderId,
  type LabelId,
  type NotesClient,
} from "../../golden/ids/typescript/index.js";
import { type GoldenServer, startGolden } from "../support/golden.js";
import { closeAll, connectPlain, type PlainClient } from "../support/sockets.js";
import { untilShown } from "../support/until.js";

let server: GoldenServer;
let client: NotesClient;
let other: NotesClient;
let plain: PlainClient;

beforeAll(async () => {
  server = await startGolden("ids");
  client = connect(server.url);
  other = connect(server.url);
  plain = await connectPlain(server.url);
  await Promise.all([client.notes.ready, other.notes.ready, other.folders.ready]);
});

afterAll(async () => {
  client.connection.close();
  other.connection.close();
  closeAll();
  await server.remove();
});

const folder = "67e55044-10b1-426f-9247-bb680e5fe0c8" as FolderId;
const work = "work" as LabelId;

test("rows have the ids that clients give, and the server's where they give none", async () => {
  expect(await client.folders.create({ id: folder, name: "Inbox" })).toMatchObject({
    ok: true,
    data: { id: folder, notes: [] },
  });
  expect(await client.labels.create({ id: work, color: "red" })).toMatchObject({ ok: true });
  const ack = await client.notes.create({
    title: "First",
    folder: { id: folder },
    main_label: { id: work },
    labels: [{ id: work }, { id: work }],
  });
  expect(ack).toMatchObject({
    ok: true,
    data: { folder: { id: folder, name: "Inbox" }, main_label: { id: work, color: "red" } },
  });
  if (!ack.ok) return;
  expect(ack.data.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(ack.data.labels).toHaveLength(2);
  await untilShown(other.notes, () => other.notes.find(ack.data.id) !== undefined);
  await untilShown(other.folders, () => other.folders.find(folder)?.notes.length === 1);
});

test("an id that is taken, malformed or missing is refused at its field", async () => {
  const taken = await client.folders.create({ id: folder, name: "Other" });
  expect(taken).toMatchObject({
    ok: false,
    code: "conflict",
    errors: { id: [expect.any(String)] },
  });
  const malformed = await plain.ask("folder.create", { id: "7", name: "Other" });
  expect(malformed).toMatchObject({ code: "invalid", errors: { id: [expect.any(String)] } });
  const missing = await plain.ask("label.create", { color: null });
  expect(missing).toMatchObject({ code: "invalid", errors: { id: ["is required"] } });
  const unknown = await plain.ask("folder.get", { id: "00000000-0000-0000-0000-000000000000" });
  expect(unknown.code).toBe("not_found");
});

test("each name of an event does the same", async () => {
  for (const [index, event] of ["note.add", "note.create", "new_note"].entries()) {
    const ack = await plain.ask(event, { title: `By ${index}`, folder: { id: folder } });
    expect(ack).toMatchObject({ ok: true, data: { title: `By ${index}` } });
    const { id } = ack.data as { id: string };
    const gone = await plain.ask(index === 0 ? "remove_note" : "note.delete", { id });
    expect(gone).toMatchObject({ ok: true, data: null });
  }
});

test("two rows may not share a key of several columns", async () => {
  const ack = await client.notes.create({ title: "First", folder: { id: folder } });
  expect(ack).toMatchObject({ ok: false, code: "conflict" });
});

test("lists are in the order of text ids, on the client as in the database", async () => {
  for (const id of ["b", "Z", "ä", "😀", "\u{ffee}", "10", "9"]) {
    await client.labels.create({ id: id as LabelId });
  }
  await other.labels.ready;
  await untilShown(other.labels, () => other.labels.rows.length === 8);
  const page = await other.labels.list();
  expect(page.ok).toBe(true);
  if (!page.ok) return;
  expect(other.labels.rows.map(({ id }) => id)).toEqual(page.data.rows.map(({ id }) => id));
});

test("the whole list has the name that was chosen", async () => {
  const list = new Promise((resolve) => plain.socket.once("all_notes", resolve));
  await new Promise((resolve) => plain.socket.emit("refresh", resolve));
  expect(await list).toMatchObject([{ title: "First", folder: { id: folder } }]);
});
