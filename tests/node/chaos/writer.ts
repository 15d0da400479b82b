/** A generated client that writes at random, and notes what it is told. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type PlannerClient } from "../../../examples/crossfit/web/src/generated/index.js";
import type { Creation, Deletion, Lists, Outcome, Row, Update, Write } from "./history.js";
import type { Random } from "./random.js";

/** One client of a run. */
export interface Writer {
  readonly client: PlannerClient;
  /** All that it wrote, in the order in which it did. */
  readonly history: readonly Write[];
  /** Writes until it is told to stop, and then until all is answered or given up. */
  readonly run: (isOver: () => boolean) => Promise<void>;
  /** Its lists as they are shown. */
  readonly lists: () => Lists;
}

interface Answer {
  readonly ok: boolean;
  readonly data: { readonly id: number } | null;
}

/** How many calls may be under way at once. */
const MAX_OPEN = 6;
/** The longest pause between two writes, in milliseconds. */
const MAX_PAUSE = 60;

/** Makes a client with this number. Long, since it is a module of short functions around the state that they share. */
export function createWriter(number: number, url: string, random: Random): Writer {
  const client = connect(url, {
    transports: ["websocket"],
    socket: { reconnectionDelay: 20, reconnectionDelayMax: 200, timeout: 2000, forceNew: true },
  });
  const history: Write[] = [];
  const open = new Set<Promise<void>>();
  /** What it may write to: rows that it made itself, so that nobody else decides their fate. */
  const coaches: number[] = [];
  const marks = new Map<number, string>();
  const teaching: number[] = [];
  const classes: number[] = [];
  let count = 0;

  function nextMark(): string {
    count += 1;
    return `c${number}-${count}`;
  }

  /** Notes a write and what becomes of it. */
  function note<Kind extends Write>(
    write: Omit<Kind, "client" | "number" | "outcome">,
    call: () => Promise<Answer>,
    accepted: (write: Kind, answer: Answer) => void = () => {},
  ): void {
    const noted = { ...write, client: number, number: history.length, outcome: "open" } as Kind;
    history.push(noted);
    const settle = (outcome: Outcome): void => {
      noted.outcome = outcome;
    };
    const answered = call().then(
      (answer) => {
        settle(answer.ok ? "accepted" : "refused");
        if (answer.ok) accepted(noted, answer);
      },
      () => settle("unknown"),
    );
    const done = answered.finally(() => open.delete(done));
    open.add(done);
  }

  function createCoach(username: string | null): void {
    const mark = nextMark();
    const call = (): Promise<Answer> => client.coaches.create({ name: mark, username });
    note<Creation>({ kind: "create", list: "coaches", mark }, call, (write, { data }) => {
      write.createdId = data?.id ?? 0;
      coaches.push(write.createdId);
      marks.set(write.createdId, mark);
    });
  }

  function createMove(): void {
    const mark = nextMark();
    const call = (): Promise<Answer> => client.exerciseMoves.create({ name: mark, focus: "chaos" });
    note<Creation>({ kind: "create", list: "exercise_moves", mark }, call);
  }

  /** Must be refused, so no row may have the mark. */
  function createInvalid(): void {
    const mark = nextMark();
    const call = (): Promise<Answer> => client.exerciseMoves.create({ name: mark, focus: " " });
    const write = { kind: "create", list: "exercise_moves", mark, isInvalid: true } as const;
    note<Creation>(write, call);
  }

  /** Each coach gives one class at most, so that a class is known by its coach. */
  function createClass(): void {
    const coach = coaches.find((id) => !teaching.includes(id));
    if (coach === undefined) {
      createCoach(null);
      return;
    }
    teaching.push(coach);
    const input = {
      day: "Sunday",
      hour: "900",
      coach: { id: coach },
      workout_plan: { id: 1 },
    } as const;
    const call = (): Promise<Answer> => client.schedules.create(input);
    const write = { kind: "create", list: "schedules", mark: `coach ${coach}` } as const;
    note<Creation>(write, call, (noted, { data }) => {
      noted.createdId = data?.id ?? 0;
      classes.push(noted.createdId);
    });
  }

  function deleteClass(): void {
    const id = classes.shift();
    if (id === undefined) createClass();
    else note<Deletion>({ kind: "delete", id }, () => client.schedules.delete(id));
  }

  function update(field: "name" | "picture"): void {
    const id = coaches[random.below(coaches.length)];
    const mark = id === undefined ? undefined : marks.get(id);
    if (id === undefined || mark === undefined) {
      createCoach(null);
      return;
    }
    count += 1;
    const value = field === "name" ? `${mark} v${count}` : `v${count}`;
    note<Update>({ kind: "update", id, field, value }, () =>
      client.coaches.update({ id, [field]: value }),
    );
  }

  const steps: readonly (() => void)[] = [
    () => createCoach(null),
    () => createCoach(`${number}-${count}`),
    // The same user names for all clients: one of them gets it.
    () => createCoach(`shared-${Math.floor(count / 10)}`),
    createMove,
    createInvalid,
    createClass,
    deleteClass,
    () => update("name"),
    () => update("picture"),
    () => update("picture"),
  ];

  return {
    client,
    history,
    run: async (isOver) => {
      while (!isOver()) {
        if (open.size < MAX_OPEN) random.pick(steps)();
        // Now and then several writes leave together.
        if (random.chance(0.7)) await sleep(random.below(MAX_PAUSE));
        else if (open.size >= MAX_OPEN) await Promise.race(open);
      }
      while (open.size > 0) await Promise.all(open);
    },
    lists: () => ({
      coaches: plain(client.coaches.rows),
      workout_plans: plain(client.workoutPlans.rows),
      exercise_moves: plain(client.exerciseMoves.rows),
      schedules: plain(client.schedules.rows),
    }),
  };
}

/** Rows as all others here see them: their types have no index signature. */
function plain(rows: readonly { readonly id: number }[]): readonly Row[] {
  return rows.map((row) => ({ ...row }));
}
