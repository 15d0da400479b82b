/** The moves that workouts are made of. */
import { Anchor, Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { ExerciseMove } from "../generated/index.js";
import { useExerciseMoves, useIdentity, usePlannerClient } from "../generated/react.js";
import { useOthers } from "../live/changes.js";
import { EditButton } from "../live/edit-button.js";
import { LiveSection } from "../live/live-section.js";
import { describeChange } from "../live/news.js";
import { MoveForm } from "./move-form.js";
import { webAddress } from "./web-address.js";

export function MovesPage(): ReactNode {
  const { exerciseMoves } = usePlannerClient();
  const { rows, status, isReady } = useExerciseMoves();
  const { session } = useIdentity();
  const { marked, last, own } = useOthers(exerciseMoves);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  return (
    <LiveSection
      title="Exercise moves"
      status={status}
      isReady={isReady}
      isEmpty={rows.length === 0}
      empty="There are no exercise moves yet."
      news={describeChange(last, ({ name }) => name)}
      add={session ? { label: "Add a move", open: () => setEdited("new") } : undefined}
    >
      <SimpleGrid component="ul" cols={{ base: 1, sm: 2, lg: 3 }} p={0} m={0}>
        {rows.map((move) => (
          <MoveCard
            key={move.id}
            move={move}
            isMarked={marked.has(move.id)}
            edit={session ? setEdited : undefined}
          />
        ))}
      </SimpleGrid>
      {edited !== null && (
        <MoveForm key={edited} id={edited} own={own} close={() => setEdited(null)} />
      )}
    </LiveSection>
  );
}

interface MoveCardProps {
  readonly move: ExerciseMove;
  readonly isMarked: boolean;
  readonly edit: ((id: number) => void) | undefined;
}

function MoveCard({ move, isMarked, edit }: MoveCardProps): ReactNode {
  const video = webAddress(move.video_link);
  return (
    <Card component="li" withBorder className={isMarked ? "changed" : ""} data-testid="move">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
            {move.name}
          </Title>
          {edit && <EditButton name={move.name} edit={() => edit(move.id)} />}
        </Group>
        <Badge variant="outline" color="indigo" tt="none">
          {move.focus}
        </Badge>
        {move.description && <Text size="sm">{move.description}</Text>}
        {video && (
          <Anchor href={video} target="_blank" rel="noreferrer" underline="always" size="sm">
            Watch how {move.name} is done
          </Anchor>
        )}
      </Stack>
    </Card>
  );
}
