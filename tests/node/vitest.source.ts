/** Tests run the sources of `@rowcast/client`: what was built of them may be older. */
const resolve = { conditions: ["@rowcast/source"] };

/** The part of a configuration that says so. */
export const source = { resolve, ssr: { resolve } };
