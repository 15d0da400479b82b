/** Waits for live lists of generated clients. */

interface Watched {
  readonly subscribe: (listener: () => void) => () => void;
}

/** Settles as soon as something holds, looking after every change of the list. */
export async function untilShown(list: Watched, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = list.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
