/** The renderer's file for browsers, which comes without types. */
declare module "@asyncapi/react-component/browser/standalone/index.js" {
  const AsyncApi: {
    render(
      options: { schema: string; config: { show: Record<string, boolean> } },
      place: HTMLElement | null,
    ): void;
  };
  // biome-ignore lint/style/noDefaultExport: this is how the package gives it
  export default AsyncApi;
}
