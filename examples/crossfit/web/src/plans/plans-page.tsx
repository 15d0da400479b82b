/** Workout plans, with their moves in order. */
import { Badge, Card, Group, List, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { WorkoutPlan } from "../generated/index.js";
import { useIdentity, usePlannerClient, useWorkoutPlans } from "../generated/react.js";
import { useOthers } from "../live/changes.js";
import { EditButton } from "../live/edit-button.js";
import { LiveSection } from "../live/live-section.js";
import { describeChange } from "../live/news.js";
import { PlanForm } from "./plan-form.js";

export function PlansPage(): ReactNode {
  const { workoutPlans } = usePlannerClient();
  const { rows, status, isReady } = useWorkoutPlans();
  const { session } = useIdentity();
  const { marked, last, own } = useOthers(workoutPlans);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  return (
    <LiveSection
      title="Workout plans"
      status={status}
      isReady={isReady}
      isEmpty={rows.length === 0}
      empty="There are no workout plans yet."
      news={describeChange(last, ({ name }) => name)}
      add={session ? { label: "Add a plan", open: () => setEdited("new") } : undefined}
    >
      <SimpleGrid component="ul" cols={{ base: 1, md: 2 }} p={0} m={0}>
        {rows.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            isMarked={marked.has(plan.id)}
            edit={session ? setEdited : undefined}
          />
        ))}
      </SimpleGrid>
      {edited !== null && (
        <PlanForm key={edited} id={edited} own={own} close={() => setEdited(null)} />
      )}
    </LiveSection>
  );
}

interface PlanCardProps {
  readonly plan: WorkoutPlan;
  readonly isMarked: boolean;
  readonly edit: ((id: number) => void) | undefined;
}

function PlanCard({ plan, isMarked, edit }: PlanCardProps): ReactNode {
  return (
    <Card component="li" withBorder className={isMarked ? "changed" : ""} data-testid="plan">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
            {plan.name}
          </Title>
          {edit && <EditButton name={plan.name} edit={() => edit(plan.id)} />}
        </Group>
        <Badge variant="outline" color="indigo" tt="none">
          {plan.difficulty}
        </Badge>
        {plan.description && <Text size="sm">{plan.description}</Text>}
        <PlannedMoves plan={plan} />
      </Stack>
    </Card>
  );
}

function PlannedMoves({ plan }: { readonly plan: WorkoutPlan }): ReactNode {
  if (plan.exercise_moves.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        It has no moves yet.
      </Text>
    );
  }
  // A move may stand here more than once, so places tell them apart.
  return (
    <List type="ordered" size="sm">
      {plan.exercise_moves.map((move, place) => (
        <List.Item key={`${move.id}-${place.toString()}`}>{move.name}</List.Item>
      ))}
    </List>
  );
}
