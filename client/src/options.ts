/** How to connect, and the options of Socket.IO for it. */
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import type { ConnectAuth } from "./wire.js";

/** Gives what to send when connecting; asked anew each time. */
export type AuthSource = ConnectAuth | (() => ConnectAuth | Promise<ConnectAuth>);

/** How to connect. */
export interface ConnectOptions {
  /**
   * Sent with every connect; a function is asked anew each time, and may be asynchronous: while it
   * fails, the client is offline and {@link Connection.error} says why. Unless it has a `client` of its
   * own, a random one is added: to the server, a write belongs to it that is made without an account.
   */
  readonly auth?: AuthSource;
  /**
   * After how many milliseconds a call without an answer is given up; 10,000 if not said. Lists are
   * given up when nothing at all has come for three times as long.
   */
  readonly timeout?: number;
  /**
   * The same for calls that create, update or delete, counted from when they are made: that long
   * they wait for a connection, and are sent again when it was lost before they were answered.
   * 60,000 if not said; at most twelve hours, as servers know for a day what they have carried out.
   */
  readonly writeTimeout?: number;
  /** How many writes may wait for their answers; beyond that they are rejected. 1,000 if not said. */
  readonly maxPendingWrites?: number;
  /** Whether acks have the codes of errors beside their texts, to translate them: {@link FieldCode}. */
  readonly codes?: boolean;
  /** The transports to try, in this order. */
  readonly transports?: ("polling" | "websocket" | "webtransport")[];
  /**
   * Any other option of `socket.io-client`. Of those for reconnecting, `reconnection`,
   * `reconnectionDelay` and `reconnectionDelayMax` count.
   */
  readonly socket?: Partial<ManagerOptions & Omit<SocketOptions, "auth">> & {
    readonly auth?: AuthSource;
  };
}

/** After how many milliseconds a call without an answer is given up. */
export const DEFAULT_TIMEOUT = 10_000;

/**
 * What Socket.IO is given for a url and options. The path of the url is not a namespace, but what the server's paths
 * begin with.
 */
export function socketArguments(
  url: string,
  { transports, socket }: ConnectOptions,
): [string, Partial<ManagerOptions & SocketOptions>] {
  let path: string | undefined;
  const root = url.replace(
    /^((?:\w*:?\/\/)?[^/?#]*)\/([^/?#][^?#]*?)\/*(?=[?#]|$)/,
    (_, host, prefix) => {
      path = `/${prefix}/socket.io`;
      return `${host}/`;
    },
  );
  const options = {
    // Each client has a connection of its own, of which nothing is kept when it is closed.
    forceNew: true,
    ...(path && { path }),
    ...socket,
    ...(transports && { transports }),
    autoConnect: false,
    reconnection: false,
  };
  return [root, options];
}

/** What is to be sent when connecting: what the sources give now, later ones first. */
export async function findCredentials(
  ...sources: readonly (AuthSource | undefined)[]
): Promise<ConnectAuth> {
  const found = sources.map((source) => (typeof source === "function" ? source() : source));
  return Object.assign({}, ...(await Promise.all(found)));
}
