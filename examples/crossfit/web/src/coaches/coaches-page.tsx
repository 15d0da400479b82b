/** Those who teach. */
import { Avatar, Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Coach } from "../generated/index.js";
import { useCoaches, useIdentity, usePlannerClient } from "../generated/react.js";
import { useOthers } from "../live/changes.js";
import { EditButton } from "../live/edit-button.js";
import { LiveSection } from "../live/live-section.js";
import { describeChange } from "../live/news.js";
import { CoachForm } from "./coach-form.js";

export function CoachesPage(): ReactNode {
  const { coaches } = usePlannerClient();
  const { rows, status, isReady } = useCoaches();
  const { session } = useIdentity();
  const { marked, last, own } = useOthers(coaches);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  return (
    <LiveSection
      title="Coaches"
      status={status}
      isReady={isReady}
      isEmpty={rows.length === 0}
      empty="There are no coaches yet."
      news={describeChange(last, ({ name }) => name)}
      add={session ? { label: "Add a coach", open: () => setEdited("new") } : undefined}
    >
      <SimpleGrid component="ul" cols={{ base: 1, sm: 2, lg: 3 }} p={0} m={0}>
        {rows.map((coach) => (
          <CoachCard
            key={coach.id}
            coach={coach}
            isMe={session?.id === coach.id}
            isMarked={marked.has(coach.id)}
            edit={session ? setEdited : undefined}
          />
        ))}
      </SimpleGrid>
      {edited !== null && (
        <CoachForm key={edited} id={edited} own={own} close={() => setEdited(null)} />
      )}
    </LiveSection>
  );
}

interface CoachCardProps {
  readonly coach: Coach;
  readonly isMe: boolean;
  readonly isMarked: boolean;
  readonly edit: ((id: number) => void) | undefined;
}

function CoachCard({ coach, isMe, isMarked, edit }: CoachCardProps): ReactNode {
  return (
    <Card component="li" withBorder className={isMarked ? "changed" : ""} data-testid="coach">
      <Group wrap="nowrap" align="flex-start">
        <CoachPicture coach={coach} />
        <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
          <Group gap="xs">
            <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
              {coach.name}
            </Title>
            {isMe && <Badge tt="none">You</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {coach.age === null ? "Age not given" : `${coach.age} years`}
          </Text>
        </Stack>
        {edit && <EditButton name={coach.name} edit={() => edit(coach.id)} />}
      </Group>
    </Card>
  );
}

/** The picture, or initials where there is none that can be shown. */
function CoachPicture({ coach }: { readonly coach: Coach }): ReactNode {
  return (
    <Avatar src={coach.picture} name={coach.name} color="initials" size="lg" alt="" radius="xl" />
  );
}
