import type { Coach } from "@/generated";
import { PlannerProvider } from "@/generated/react";
import { Coaches } from "./coaches";

const HEADINGS: { readonly [Key in keyof Pick<Coach, "name" | "age">]: string } = {
  name: "Name",
  age: "Age",
};

/** A component of the server: the provider that it renders must come from a module for browsers. */
export default function Page() {
  return (
    <PlannerProvider url={process.env.PLANNER_URL} fallback={<p>Connecting to the planner</p>}>
      <Coaches headings={[HEADINGS.name, HEADINGS.age]} />
    </PlannerProvider>
  );
}
