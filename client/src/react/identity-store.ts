"use client";

/** Who is signed in: kept in the browser's storage, and in step with other tabs. */
import type { Unsubscribe } from "../listeners.js";

/** The session that is signed in, or null; kept in the storage that was asked for, and in step with other tabs. */
export interface IdentityStore<Session> {
  readonly getSnapshot: () => Session | null;
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** Takes note of a sign-in, or with null of a sign-out. */
  readonly set: (session: Session | null) => void;
  /** Takes note that the session is over, though it was not signed out here, and why. */
  readonly end: (reason: string) => void;
  /** What {@link IdentityStore.end} was given since the last sign-in or sign-out; null if nothing. */
  readonly ended: () => string | null;
}

interface StorageChange {
  readonly key: string | null;
}

interface Storage {
  readonly getItem: (key: string) => string | null;
  readonly setItem: (key: string, text: string) => void;
  readonly removeItem: (key: string) => void;
}

type Listen = (type: "storage", listener: (event: StorageChange) => void) => void;

/** What a browser has. */
interface Page {
  readonly localStorage?: Storage;
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

const page = globalThis as Page;

/** Keeps the session; in the browser's storage under `key`, if there is one. */
export function createIdentity<Session>(key?: string): IdentityStore<Session> {
  const listeners = new Set<() => void>();
  let text: string | null = readStored(key);
  let session: Session | null = parse<Session>(text);
  let ended: string | null = null;

  function take(next: string | null, reason: string | null = null): void {
    if (next === text && reason === ended) return;
    text = next;
    session = parse<Session>(next);
    ended = reason;
    for (const listener of [...listeners]) listener();
  }

  function hear({ key: changed }: StorageChange): void {
    if (changed !== key && changed !== null) return;
    const next = readStored(key, text);
    if (next !== text) take(next);
  }

  function put(next: Session | null, reason: string | null): void {
    const written = next === null ? null : JSON.stringify(next);
    keep(key, written);
    take(written, reason);
  }

  return {
    getSnapshot: () => session,
    ended: () => ended,
    subscribe: (listener) => {
      listeners.add(listener);
      // Without listeners here, the page is not listened to either.
      if (listeners.size === 1 && key !== undefined) {
        page.addEventListener?.("storage", hear);
        hear({ key });
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) page.removeEventListener?.("storage", hear);
      };
    },
    set: (next) => put(next, null),
    end: (reason) => {
      const stored = readStored(key, text);
      // Another tab may have signed in meanwhile.
      if (stored === text) put(null, reason);
      else take(stored);
    },
  };
}

/** What is stored. Browsers may forbid storage: then what is known lasts as long as the page. */
function readStored(key: string | undefined, known: string | null = null): string | null {
  try {
    const { localStorage } = page;
    return key === undefined || !localStorage ? known : localStorage.getItem(key);
  } catch {
    return known;
  }
}

function keep(key: string | undefined, text: string | null): void {
  if (key === undefined) return;
  try {
    if (text === null) page.localStorage?.removeItem(key);
    else page.localStorage?.setItem(key, text);
  } catch {
    // See readStored.
  }
}

function parse<Session>(text: string | null): Session | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Session;
  } catch {
    return null;
  }
}
