import type { Metadata } from "next";

export const metadata: Metadata = {
  title: "Planner",
  description: "The coaches of the planner",
};

export default function RootLayout({ children }: LayoutProps<"/">) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
