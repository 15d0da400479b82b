/** What opens the form of a row. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";

interface EditButtonProps {
  /** What the row is called: several such buttons are on a page. */
  readonly name: string;
  readonly edit: () => void;
}

export function EditButton({ name, edit }: EditButtonProps): ReactNode {
  return (
    <Button variant="default" size="xs" onClick={edit} aria-label={`Edit ${name}`}>
      Edit
    </Button>
  );
}
