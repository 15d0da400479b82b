/** What platforms have that this needs. Written out, as not every platform's types have it. */
interface Platform {
  readonly BigInt: (digits: string | bigint) => bigint;
  readonly TextEncoder: new () => { readonly encode: (text: string) => Uint8Array };
  readonly URL: new (url: string) => object;
  readonly Intl: {
    readonly Segmenter?: new () => { readonly segment: (text: string) => Iterable<unknown> };
  };
}

/** What this platform has. */
export function platform(): Platform {
  return globalThis as unknown as Platform;
}

/** A `bigint` of a value that is one, in digits or not. */
export function toBigint(value: bigint | string): bigint {
  return platform().BigInt(value);
}
