/** Calls with their payloads and answers: what is sent, and what is made of what comes back. */
import type { CallKind } from "./call-queue.js";
import type { Calls, Request } from "./calls.js";
import type { Codecs } from "./encoding.js";
import { RowcastError, RowcastProtocolError } from "./errors.js";
import { isAck } from "./guards.js";
import { createKey } from "./keys.js";
import { type ConnectOptions, DEFAULT_TIMEOUT } from "./options.js";
import { snapshot } from "./payload.js";
import type { RequestSync } from "./sync.js";
import { trusted } from "./values.js";
import type { Ack } from "./wire.js";

/** Makes a call with a payload; the data of its answer has this name (`data` if not said). */
export type MakeCall = <Answer extends object>(
  event: string,
  payload?: unknown,
  dataKey?: string,
) => Promise<Answer>;

/** The positions of lists, by their names. */
type Positions = Readonly<Record<string, unknown>>;

interface Requests {
  readonly write: MakeCall;
  readonly call: MakeCall;
  readonly sync: RequestSync;
}

/** Far below the day for which servers keep the answers of writes. */
const MAX_WRITE_TIMEOUT = 43_200_000;

/** A part of a list has up to 256 kB: a slow connection needs longer for it than for the answer to a call. */
const LOADING_TIMEOUTS = 3;

/** Makes calls; `reach` waits until lists contain what a write has changed. */
export function createRequests(
  calls: Calls,
  { timeout = DEFAULT_TIMEOUT, writeTimeout = 60_000 }: ConnectOptions,
  codecs: Codecs | undefined,
  reach: (positions: Positions) => Promise<void>,
): Requests {
  async function request<Answer extends object>(asked: Request, dataKey = "data"): Promise<Answer> {
    const answer = await calls.request(asked);
    if (!isAck(answer, dataKey)) {
      throw new RowcastProtocolError(asked.event, `no ack with \`${dataKey}\``);
    }
    if (!codecs || !answer["ok"]) return trusted(answer);
    return trusted({ ...answer, [dataKey]: codecs.answers(asked.event, answer[dataKey]) });
  }

  const make =
    (kind: CallKind, limit: number): MakeCall =>
    async <Answer extends object>(event: string, given: unknown, dataKey?: string) => {
      const { payload, size } = snapshot(event, given, codecs);
      const isCall = kind === "call";
      const meta = isCall ? [] : [{ key: createKey() }];
      const args = isCall && given === undefined ? [] : [payload, ...meta];
      const answer = await request<Answer>({ kind, event, args, size, limit }, dataKey);
      // The positions of all lists that it has changed, which the server adds where it has no row to tell. A list that
      // can't follow must not delay the answer for long.
      const { positions } = answer as { positions?: Positions };
      if (positions) await reach(positions);
      return answer;
    };

  return {
    write: make("write", Math.min(writeTimeout, MAX_WRITE_TIMEOUT)),
    call: make("call", timeout),
    sync: async (positions, limit = timeout * LOADING_TIMEOUTS) => {
      const asked: Request = { kind: "sync", event: "sync", args: [positions], size: 0, limit };
      const ack = await request<Ack<unknown>>(asked);
      if (ack.ok) return ack.data;
      throw new RowcastError(`\`sync\` failed: ${ack.code}`);
    },
  };
}
