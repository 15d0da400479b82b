/** A TCP proxy that treats connections as bad networks do. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.js";

/** What happens to a connection; counted in bytes where it can be. */
interface Fate {
  /** After so many bytes in both directions it is cut, be it within a message; never if infinite. */
  readonly cutAfter: number;
  /** What happens at the cut: to both ends at once, or the server hears nothing more, or the client. */
  readonly cut: "both" | Direction;
  /** After so many bytes nothing goes through for a while, in milliseconds. */
  readonly stall: { readonly after: number; readonly time: number };
  /** How long each piece takes, in milliseconds, by direction. */
  readonly delay: { readonly toServer: number; readonly toClient: number };
  /** Whether all that the client has sent is sent once more, on a connection of its own, and how much later. */
  readonly repeatAfter: number | null;
}

type Direction = "to_server" | "to_client";

/** How often what happened to connections. */
export interface NetworkFaults {
  cuts: number;
  halfCuts: number;
  stalls: number;
  delays: number;
  repeats: number;
}

/** A running proxy. */
export interface Proxy {
  readonly port: number;
  readonly faults: NetworkFaults;
  /** From now on all is well; settles when the last repeated connection has ended. */
  readonly heal: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** How long one direction stays open when the other was cut. */
const HALF_OPEN = 400;
/** How long the answers to a repeated connection are waited for, and thrown away. */
const REPEAT_OPEN = 1500;

/** Starts a proxy in front of the server that listens at the port. */
export async function startProxy(target: number, random: Random): Promise<Proxy> {
  const faults: NetworkFaults = { cuts: 0, halfCuts: 0, stalls: 0, delays: 0, repeats: 0 };
  const open = new Set<Socket>();
  const repeats = new Set<Promise<void>>();
  let isHealed = false;

  const server = createServer((client) => {
    const fate = isHealed ? SPARED : drawFate(random);
    track(client);
    const upstream = track(connect(target, "127.0.0.1"));
    const sent: Buffer[] = [];
    let bytes = 0;
    let isCut = false;
    let isStalled = false;

    /** What goes through of a piece: at the cut, a part. */
    function admit(chunk: Buffer, direction: Direction): Buffer {
      const isConcerned = fate.cut === "both" || fate.cut === direction;
      if (isCut && isConcerned) return chunk.subarray(0, 0);
      const left = fate.cutAfter - bytes;
      bytes += chunk.length;
      stallWhenDue();
      if (isCut || isHealed || chunk.length < left) return chunk;
      isCut = true;
      // Later, so that what goes through has left before.
      queueMicrotask(cutOff);
      return isConcerned ? chunk.subarray(0, left) : chunk;
    }

    function stallWhenDue(): void {
      if (isStalled || isHealed || bytes < fate.stall.after) return;
      isStalled = true;
      faults.stalls += 1;
      const ends = [client, upstream];
      for (const end of ends) end.pause();
      setTimeout(() => {
        for (const end of ends) end.resume();
      }, fate.stall.time);
    }

    function cutOff(): void {
      if (fate.cut === "both") {
        faults.cuts += 1;
        end();
        return;
      }
      faults.halfCuts += 1;
      if (fate.cut === "to_server") upstream.end();
      else client.end();
      setTimeout(end, HALF_OPEN);
    }

    function end(): void {
      client.destroy();
      upstream.destroy();
    }

    relay(client, upstream, fate.delay.toServer, (chunk) => {
      sent.push(chunk);
      return admit(chunk, "to_server");
    });
    relay(upstream, client, fate.delay.toClient, (chunk) => admit(chunk, "to_client"));
    client.once("close", () => {
      end();
      if (fate.repeatAfter !== null && sent.length > 0 && !isHealed) {
        repeatLater(Buffer.concat(sent), fate.repeatAfter);
      }
    });
    upstream.once("close", end);
    if (fate.delay.toServer + fate.delay.toClient > 0) faults.delays += 1;
  });

  function track(socket: Socket): Socket {
    open.add(socket);
    socket.setNoDelay(true);
    // That ends are cut is what this is for.
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
    return socket;
  }

  function repeatLater(sent: Buffer, pause: number): void {
    const repeated = repeat(sent, pause).finally(() => repeats.delete(repeated));
    repeats.add(repeated);
  }

  async function repeat(sent: Buffer, pause: number): Promise<void> {
    await sleep(pause);
    const again = track(connect(target, "127.0.0.1"));
    again.once("connect", () => {
      faults.repeats += 1;
      again.write(sent);
    });
    again.resume();
    await sleep(REPEAT_OPEN);
    again.destroy();
  }

  const port = await listen(server);
  return {
    port,
    faults,
    heal: async () => {
      isHealed = true;
      await Promise.all(repeats);
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const SPARED: Fate = {
  cutAfter: Number.POSITIVE_INFINITY,
  cut: "both",
  stall: { after: Number.POSITIVE_INFINITY, time: 0 },
  delay: { toServer: 0, toClient: 0 },
  repeatAfter: null,
};

function drawFate(random: Random): Fate {
  return {
    cutAfter: random.chance(0.75) ? 300 + random.below(15_000) : Number.POSITIVE_INFINITY,
    cut: random.pick(["both", "both", "to_server", "to_client"]),
    stall: {
      after: random.chance(0.2) ? random.below(20_000) : Number.POSITIVE_INFINITY,
      time: 100 + random.below(900),
    },
    delay: {
      toServer: random.chance(0.3) ? random.below(40) : 0,
      toClient: random.chance(0.3) ? random.below(40) : 0,
    },
    repeatAfter: random.chance(0.4) ? random.below(1500) : null,
  };
}

/** Passes on what comes, in its order, each piece after the delay, as far as `admit` lets it. */
function relay(from: Socket, to: Socket, delay: number, admit: (chunk: Buffer) => Buffer): void {
  from.on("data", (chunk: Buffer) => {
    const admitted = admit(chunk);
    if (admitted.length === 0) return;
    if (delay === 0) to.write(admitted);
    else setTimeout(() => to.writable && to.write(admitted), delay);
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return address.port;
}
