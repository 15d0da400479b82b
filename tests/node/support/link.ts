/** A way to a server that is slow, stands still, or breaks, for all that goes through it. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A link between browsers and a server. */
export interface Link {
  readonly url: string;
  /** How many connections of Socket.IO were begun: their first request names none. */
  readonly begun: () => number;
  /** Lets nothing through from now on, and closes nothing: as for a computer that sleeps. */
  readonly stall: () => void;
  /** Breaks all connections and lets others through again. */
  readonly renew: () => void;
  readonly stop: () => Promise<void>;
}

/** How slow a link is. */
export interface LinkOptions {
  /** How many bytes a second come down at most, in all; none is limited if not said. */
  readonly rate?: number;
  /** How many milliseconds each piece takes, in both directions; none if not said. */
  readonly delay?: number;
}

/** How often what a second allows is shared out. */
const SHARES = 20;

export async function openLink(
  target: number,
  { rate = Number.POSITIVE_INFINITY, delay = 0 }: LinkOptions = {},
): Promise<Link> {
  const sockets = new Set<Socket>();
  const waiting: { readonly to: Socket; readonly from: Socket; bytes: Buffer }[] = [];
  let isStalled = false;
  let begun = 0;

  function pass(to: Socket, bytes: Buffer): void {
    const write = (): unknown => !isStalled && to.writable && to.write(bytes);
    if (delay === 0) write();
    else setTimeout(write, delay);
  }

  /** Sends what a share of a second allows, in the order in which it came. */
  function share(): void {
    let left = rate / SHARES;
    while (left > 0 && waiting[0] && !isStalled) {
      const [first] = waiting;
      const part = first.bytes.subarray(0, Math.min(left, first.bytes.length));
      left -= part.length;
      first.bytes = first.bytes.subarray(part.length);
      pass(first.to, part);
      if (first.bytes.length > 0) continue;
      waiting.shift();
      first.from.resume();
    }
  }

  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      // What is still on its way comes first.
      socket.on("close", () => setTimeout(() => other.destroy(), delay));
    }
    client.on("data", (bytes) => {
      const [request = ""] = bytes.toString("latin1").split("\r\n");
      if (request.includes("/socket.io/") && !request.includes("sid=")) begun += 1;
      pass(upstream, bytes);
    });
    upstream.on("data", (bytes) => {
      if (rate === Number.POSITIVE_INFINITY) {
        pass(client, bytes);
        return;
      }
      upstream.pause();
      waiting.push({ to: client, from: upstream, bytes });
    });
  });
  const sharing = setInterval(share, 1000 / SHARES);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  }

  return {
    url: `http://127.0.0.1:${port}`,
    begun: () => begun,
    stall: () => {
      isStalled = true;
    },
    renew: () => {
      breakAll();
      isStalled = false;
    },
    stop: async () => {
      clearInterval(sharing);
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
