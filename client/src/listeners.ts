/** Listeners, and the errors that they throw. */

// What every platform has. Written out, as projects differ in the types that they know: a page's, Node's, or none.
declare function queueMicrotask(run: () => void): void;

/** Ends a subscription. */
export type Unsubscribe = () => void;

interface Listeners {
  readonly subscribe: (listener: () => void) => Unsubscribe;
  readonly notify: () => void;
}

/** Makes a set of listeners. What one of them throws is reported as uncaught. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    subscribe: (listener) => {
      // What throws must not keep the others, or the list, from going on.
      const entry = (): void => {
        try {
          listener();
        } catch (error) {
          throwLater(error);
        }
      };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    notify: () => {
      for (const entry of [...listeners]) entry();
    },
  };
}

/** Shows an error of the user's code where uncaught ones are shown. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
