/** A page with a list: its heading, what others do, and what is shown while there are no rows. */
import { Alert, Button, Group, Skeleton, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import type { ConnectionStatus } from "../generated/index.js";

interface LiveSectionProps {
  readonly title: string;
  readonly status: ConnectionStatus;
  readonly isReady: boolean;
  readonly isEmpty: boolean;
  /** Said where there are no rows. */
  readonly empty: string;
  /** What somebody else has just done. */
  readonly news: string | null;
  /** What adds a row; only for those who may. */
  readonly add?: { readonly label: string; readonly open: () => void } | undefined;
  readonly children: ReactNode;
}

export function LiveSection(props: LiveSectionProps): ReactNode {
  const { title, isReady, isEmpty, empty, status, news, add, children } = props;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        {add && <Button onClick={add.open}>{add.label}</Button>}
      </Group>
      <News text={news} />
      {!isReady && <Loading isOffline={status === "offline"} />}
      {isReady && isEmpty && (
        <Alert color="gray" role="note" title={empty}>
          {add ? `Begin with “${add.label}”.` : "Coaches who sign in can change that."}
        </Alert>
      )}
      {isReady && !isEmpty && children}
    </Stack>
  );
}

/** The line that says what somebody else has done; it is there before it has something to say. */
function News({ text }: { readonly text: string | null }): ReactNode {
  return (
    <Text role="status" size="sm" c="dimmed" mih="1.4em" data-testid="news">
      {text ?? ""}
    </Text>
  );
}

function Loading({ isOffline }: { readonly isOffline: boolean }): ReactNode {
  if (isOffline) {
    return (
      <Alert color="orange" title="There is no connection yet">
        This page fills as soon as the server can be reached. It is tried again and again.
      </Alert>
    );
  }
  return (
    <Stack gap="xs" aria-busy="true">
      <VisuallyHidden>Loading…</VisuallyHidden>
      {["first", "second", "third", "fourth"].map((name) => (
        <Skeleton key={name} height={44} />
      ))}
    </Stack>
  );
}
