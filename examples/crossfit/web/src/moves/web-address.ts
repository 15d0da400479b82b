/** Links that may be followed: anything may be stored as one, `javascript:` too. */

/** The address if it is one of the web, else null. */
export function webAddress(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === "https:" || protocol === "http:" ? href : null;
}
