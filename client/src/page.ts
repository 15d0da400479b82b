/** The page, if there is one. */
import type { Unsubscribe } from "./listeners.js";

/** What can be listened to in a browser. Written out, as not every platform's types have it. */
interface EventSource {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
}

type Listen = (type: string, listener: (event: PageEvent) => void) => void;

interface PageEvent {
  /** Only of `pageshow`. */
  readonly persisted?: boolean;
}

interface BrowserPage extends EventSource {
  readonly document?: EventSource & { readonly visibilityState?: string };
}

/**
 * Calls back when a page that may have slept, or lost its network, is there again. Timers and
 * connections stood still meanwhile, and a dead connection is not noticed by itself for long.
 */
export function watchPage(wake: () => void): Unsubscribe {
  const page = globalThis as BrowserPage;
  const { document } = page;
  // Pages that are shown anew come from the back-forward cache; others have just been loaded.
  const listen = ({ persisted = document?.visibilityState !== "hidden" }: PageEvent): void => {
    if (persisted) wake();
  };
  const change = (how: "addEventListener" | "removeEventListener"): void => {
    page[how]?.("online", listen);
    page[how]?.("pageshow", listen);
    document?.[how]?.("visibilitychange", listen);
  };
  change("addEventListener");
  return () => change("removeEventListener");
}
