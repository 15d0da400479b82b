import { createCollection } from '@tanstack/db'
import { useMemo } from 'react'
import {
  PlannerProvider,
  useCoaches,
  useConnection,
  useCreateCoach,
  usePlannerClient,
} from './generated/react'
import { collectionOptions } from './generated/tanstack'
import { newCoachSchema } from './generated/zod'

function Coaches() {
  const { coaches } = usePlannerClient()
  const collection = useMemo(
    () => createCollection(collectionOptions('coaches', coaches)),
    [coaches],
  )
  const { rows } = useCoaches()
  const { status } = useConnection()
  const { call, pending, errors } = useCreateCoach()

  async function create(form: FormData) {
    const input = newCoachSchema.parse({ name: form.get('name') })
    await call(input)
  }

  return (
    <form action={create}>
      <p>
        {status}, {collection.status}
      </p>
      <ul>
        {rows.map((coach) => (
          <li key={coach.id}>{coach.name}</li>
        ))}
      </ul>
      <input name="name" />
      <p>{errors.name}</p>
      <button disabled={pending}>Create</button>
    </form>
  )
}

export default function App() {
  return (
    <PlannerProvider url={location.origin} fallback="Connecting">
      <Coaches />
    </PlannerProvider>
  )
}
