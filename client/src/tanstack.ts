/**
 * Lists as collections of TanStack DB: its live queries, joins and optimistic changes, on this
 * client's changes. Needs `@tanstack/db` beside what the client needs.
 */
import type { CollectionConfig, SyncConfig } from "@tanstack/db";
import { RowcastError } from "./errors.js";
import type { Unsubscribe } from "./listeners.js";
import type { LiveList } from "./live-list.js";
import type { AckCode, Identified } from "./wire.js";

/** The answer to a write, as far as a collection must know it. */
interface WriteAck {
  readonly ok: boolean;
  readonly code: AckCode | null;
  readonly errors: object;
}

/** A list with the calls by which a collection writes; what it lacks, the collection can't do. */
export interface WritableList<Row extends Identified> extends LiveList<Row> {
  readonly create?: (input: never) => Promise<WriteAck>;
  readonly update?: (patch: never) => Promise<WriteAck>;
  readonly delete?: (id: Row["id"]) => Promise<WriteAck>;
}

/** A write that the server refused: the collection takes it back, and its transaction fails so. */
export class RowcastWriteError extends RowcastError {
  override readonly name: string = "RowcastWriteError";
  readonly code: AckCode | null;
  /** The messages by field, as in the answer. */
  readonly errors: object;

  constructor({ code, errors }: WriteAck) {
    const texts = Object.entries(errors).map(([field, messages]) => `${field}: ${messages}`);
    super(`The write was refused (${code}). ${texts.join("; ")}`);
    this.code = code;
    this.errors = errors;
  }
}

/**
 * What makes a collection of a list.
 *
 * Where the server counts ids, insert a row with an id that no other has, such as a negative one:
 * it is shown until the answer comes, and then the server's row with its own id takes its place.
 *
 * @example
 * const coaches = createCollection(collectionOptions("coaches", client.coaches));
 */
export function collectionOptions<Row extends Identified>(
  name: string,
  list: WritableList<Row>,
): CollectionConfig<Row, Row["id"]> {
  const { create, update, delete: remove } = list;
  return {
    id: name,
    getKey: (row) => row.id,
    sync: { rowUpdateMode: "full", sync: (sink) => follow(list, sink) },
    ...(create && {
      onInsert: async ({ transaction }) =>
        writeAll(transaction.mutations, ({ modified }) => create(modified as never)),
    }),
    ...(update && {
      onUpdate: async ({ transaction }) =>
        writeAll(transaction.mutations, ({ key, changes }) =>
          update({ ...changes, id: key } as never),
        ),
    }),
    ...(remove && {
      onDelete: async ({ transaction }) =>
        writeAll(transaction.mutations, ({ key }) => remove(key as Row["id"])),
    }),
  };
}

/** Writes in the order of the mutations; the list has what was written when this resolves. */
async function writeAll<Mutation>(
  mutations: readonly Mutation[],
  write: (mutation: Mutation) => Promise<WriteAck>,
): Promise<void> {
  const acks = await Promise.all(mutations.map(write));
  const refused = acks.find((ack) => !ack.ok);
  if (refused) throw new RowcastWriteError(refused);
}

type Sink<Row extends Identified> = Parameters<SyncConfig<Row, Row["id"]>["sync"]>[0];

/** Hands the collection what changes in the list; gives what ends that. */
function follow<Row extends Identified>(list: LiveList<Row>, sink: Sink<Row>): Unsubscribe {
  let shown: ReadonlyMap<Row["id"], Row> | null = null;

  function update(): void {
    if (!list.isReady) return;
    const before = shown ?? new Map<Row["id"], Row>();
    const next = new Map(list.rows.map((row) => [row.id, row]));
    const dropped = [...before.keys()].filter((key) => !next.has(key));
    const put = list.rows.filter((row) => before.get(row.id) !== row);
    sink.begin();
    for (const key of dropped) sink.write({ type: "delete", key });
    for (const value of put) {
      sink.write({ type: before.has(value.id) ? "update" : "insert", value });
    }
    sink.commit();
    if (shown === null) sink.markReady();
    shown = next;
  }

  update();
  void list.ready.catch(sink.markError);
  return list.subscribe(update);
}
