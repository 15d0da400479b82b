/** How the connection is: a light that is always there, and a banner when something is wrong. */
import { Alert, Badge, Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { ConnectionStatus } from "../generated/index.js";
import { useConnection } from "../generated/react.js";

const LABELS: Readonly<Record<ConnectionStatus, string>> = {
  connecting: "Connecting…",
  live: "Live",
  catching_up: "Catching up…",
  offline: "Offline",
  unauthenticated: "Signed out",
  outdated: "Outdated",
};

const COLORS: Readonly<Record<ConnectionStatus, string>> = {
  connecting: "gray.7",
  live: "teal.9",
  catching_up: "blue.8",
  offline: "red.9",
  unauthenticated: "orange.9",
  outdated: "red.9",
};

export function ConnectionLight(): ReactNode {
  const { status } = useConnection();
  return (
    <Badge
      color={COLORS[status]}
      variant="filled"
      role="status"
      data-status={status}
      tt="none"
      style={{ flexShrink: 0 }}
    >
      {LABELS[status]}
    </Badge>
  );
}

export function ConnectionBanner(): ReactNode {
  const { status, pending } = useConnection();
  if (status === "outdated") {
    return (
      <Alert color="red" role="alert" mb="md" title="The planner was renewed">
        <Group justify="space-between">
          This page is older than the server. Save what you need, and load the page again.
          <Button size="xs" onClick={() => window.location.reload()}>
            Load again
          </Button>
        </Group>
      </Alert>
    );
  }
  if (status !== "offline") return null;
  return (
    <Alert color="orange" role="status" mb="md" title="The connection is lost">
      What you see may be out of date; it is brought up to date as soon as the server can be
      reached.
      {pending > 0 &&
        ` ${pending === 1 ? "One change waits" : `${pending} changes wait`} to be saved.`}
    </Alert>
  );
}
