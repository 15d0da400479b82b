/** The window in which a row is edited: its buttons, what stands against saving, and a way out. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useConnection } from "../generated/react.js";
import { useFocusBack } from "../shell/focus.js";
import type { RowForm } from "./row-form.js";

interface EditorProps<Values extends Record<string, unknown>> {
  readonly title: string;
  readonly row: RowForm<Values>;
  readonly pending: boolean;
  readonly close: () => void;
  /** What can be done if the row was deleted meanwhile: to keep what was entered as a new one. */
  readonly saveAsNew?: (() => Promise<boolean>) | undefined;
  /** Further buttons, such as one to delete the row. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Editor<Values extends Record<string, unknown>>(
  props: EditorProps<Values>,
): ReactNode {
  const { title, row, pending, close, saveAsNew, actions, children } = props;
  const [isLeaving, setLeaving] = useState(false);
  useFocusBack();

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (pending) return;
    const isDone = row.isGone ? await saveAsNew?.() : await row.submit();
    if (isDone) close();
  }

  function leave(): void {
    if (row.isDirty) setLeaving(true);
    else close();
  }

  return (
    <Modal
      opened
      onClose={leave}
      title={title}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          {row.isGone && <Gone canSave={saveAsNew !== undefined} />}
          <Waiting pending={pending} />
          {children}
          {row.failure && (
            <Alert color="red" role="alert" title="It was not saved">
              {row.failure}
            </Alert>
          )}
          <Leaving isAsked={isLeaving} discard={close} stay={() => setLeaving(false)} />
          <Group justify="space-between">
            <Group gap="xs">{!row.isGone && actions}</Group>
            <Group gap="xs">
              <Button variant="default" onClick={leave}>
                Cancel
              </Button>
              <Button type="submit" loading={pending} disabled={row.isGone && !saveAsNew}>
                {row.isGone ? "Save as new" : "Save"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Gone({ canSave }: { readonly canSave: boolean }): ReactNode {
  return (
    <Alert color="orange" role="alert" title="Somebody has deleted this meanwhile">
      {canSave
        ? "What you have entered is still here: you can save it as a new one."
        : "It can't be saved any more. What you have entered is still here to be copied."}
    </Alert>
  );
}

/** Whoever saves without a connection is told that nothing is lost. */
function Waiting({ pending }: { readonly pending: boolean }): ReactNode {
  const { status } = useConnection();
  if (status === "live" || status === "catching_up") return null;
  return (
    <Alert color="orange" role="status" title="There is no connection at the moment">
      {pending
        ? "It is saved as soon as the server can be reached."
        : "You can go on: what you enter stays here."}
    </Alert>
  );
}

interface LeavingProps {
  readonly isAsked: boolean;
  readonly discard: () => void;
  readonly stay: () => void;
}

function Leaving({ isAsked, discard, stay }: LeavingProps): ReactNode {
  if (!isAsked) return null;
  return (
    <Alert color="yellow" role="alert" title="Your changes are not saved">
      <Group gap="xs">
        <Button size="xs" color="red.9" onClick={discard}>
          Discard them
        </Button>
        <Button size="xs" variant="default" onClick={stay} data-autofocus>
          Go on editing
        </Button>
      </Group>
    </Alert>
  );
}

interface TheirsProps<Values extends Record<string, unknown>> {
  readonly row: RowForm<Values>;
  readonly field: keyof Values;
  /** How a value is shown to people. */
  readonly show?: (value: unknown) => string;
}

/** What somebody else has made of a field that was changed here too, with the choice between both. */
export function Theirs<Values extends Record<string, unknown>>(
  props: TheirsProps<Values>,
): ReactNode {
  const { row, field, show = String } = props;
  if (!(field in row.conflicts)) return null;
  return (
    <Alert color="yellow" role="alert" py="xs" data-testid={`conflict-${String(field)}`}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          Somebody has changed this to “{show(row.conflicts[field]) || "nothing"}”. If you save,
          yours takes its place.
        </Text>
        <Button size="xs" variant="default" onClick={() => row.acceptTheirs(field)}>
          Use theirs
        </Button>
      </Group>
    </Alert>
  );
}
