/** Timers, and how long to wait before something is tried again. */

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
declare function setTimeout(run: (nothing?: unknown) => void, milliseconds: number): Timer;

/** What `setTimeout` gives, which differs between platforms. */
export type Timer = unknown;

/** A timer; those that are to take longer than 24 days would fire at once. */
export function startTimer(run: () => void, milliseconds: number): Timer {
  return setTimeout(run, Math.min(milliseconds, 2 ** 31 - 1));
}

/** Waits longer each time, up to ten seconds, and never as long as all the others. */
export function backoff(failures: number, first = 250, most = 10_000): number {
  return Math.min(first * 2 ** failures, most) * (0.5 + Math.random() / 2);
}
