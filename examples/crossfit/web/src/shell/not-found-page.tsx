/** Where nothing is. */
import { Anchor, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

export function NotFoundPage(): ReactNode {
  return (
    <Stack>
      <Title order={1}>There is no such page</Title>
      <Text>
        Perhaps the link was mistyped.{" "}
        <Anchor component={Link} to="/" underline="always">
          To the schedule
        </Anchor>
      </Text>
    </Stack>
  );
}
