"use client";

import { RowcastError } from "@/generated";
import { useCoaches, useConnection, useCreateCoach } from "@/generated/react";
import { fieldErrors, newCoachSchema } from "@/generated/zod";

export function Coaches({ headings }: { readonly headings: readonly string[] }) {
  const { rows } = useCoaches();
  const { error } = useConnection();
  const { call, pending } = useCreateCoach();

  async function create(name: FormDataEntryValue | null): Promise<void> {
    const checked = newCoachSchema.safeParse({ name });
    if (!checked.success) throw new RowcastError(JSON.stringify(fieldErrors(checked.error)));
    await call(checked.data);
  }

  return (
    <form action={(form) => create(form.get("name"))}>
      <p>{error?.message}</p>
      <table>
        <thead>
          <tr>
            {headings.map((heading) => (
              <th key={heading}>{heading}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((coach) => (
            <tr key={coach.id}>
              <td>{coach.name}</td>
              <td>{coach.age}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <input name="name" />
      <button disabled={pending}>Create</button>
    </form>
  );
}
