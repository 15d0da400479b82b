/** Where the focus goes when a window is closed. */
import { useEffect, useRef } from "react";

/** Puts the focus back to where it was before; to the content if that is not there any more. */
export function useFocusBack(): void {
  const before = useRef(document.activeElement);
  useEffect(
    () => () => {
      const { current } = before;
      // What the window was opened by may vanish with the same change.
      setTimeout(() => {
        const isThere = current instanceof HTMLElement && current.isConnected;
        if (document.querySelector("[role=dialog]")) return;
        (isThere ? current : document.getElementById("content"))?.focus();
      }, 50);
    },
    [],
  );
}
