/** Names that no other client has. */

/**
 * A name for a write that no other has, by which the server knows it again: the time, and 96 random
 * bits. Names that follow each other lie side by side in the server's index, which writes less.
 */
export function createKey(): string {
  const words = Uint32Array.from([0, 0, 0], () => Math.random() * 2 ** 32);
  // React Native has none of its own: there, names are as unique, but rest on a weaker source.
  (globalThis as Randomness).crypto?.getRandomValues?.(words);
  return `${Date.now().toString(16)}-${words.join("-")}`;
}

interface Randomness {
  readonly crypto?: { readonly getRandomValues?: (words: Uint32Array) => Uint32Array };
}
