/** Signing in and out. */
import {
  Alert,
  Avatar,
  Button,
  Group,
  Modal,
  PasswordInput,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { schemaResolver, useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import type { FormEvent, ReactNode } from "react";
import type { Login } from "../generated/index.js";
import { useCommand, useIdentity } from "../generated/react.js";
import { loginSchema } from "../generated/zod.js";
import { failureOf, formErrors } from "../live/answers.js";
import { useFocusBack } from "./focus.js";

export function Account(): ReactNode {
  const { session, ended, clear } = useIdentity();
  const logout = useCommand("logout");
  const [isOpen, { open, close }] = useDisclosure();
  if (session === null) {
    return (
      <>
        {ended !== null && (
          <Text size="sm" role="status">
            {ended}
          </Text>
        )}
        <Button onClick={open}>Sign in</Button>
        {isOpen && <SignIn close={close} />}
      </>
    );
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Avatar name={session.name} color="initials" size="sm" aria-hidden />
      <Text size="sm" visibleFrom="xs" data-testid="who">
        {session.name}
      </Text>
      <Button
        variant="default"
        loading={logout.pending}
        onClick={async () => {
          await logout.call();
          clear();
        }}
      >
        Sign out
      </Button>
    </Group>
  );
}

function SignIn({ close }: { readonly close: () => void }): ReactNode {
  const { set } = useIdentity();
  useFocusBack();
  const { call, pending, ack } = useCommand("login");
  const form = useForm<Login>({
    initialValues: { username: "", password: "" },
    validate: schemaResolver(loginSchema, { sync: true }),
  });
  const failure = ack ? failureOf(ack) : null;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (form.validate().hasErrors) return;
    const answer = await call(form.getValues());
    if (answer?.ok) {
      set(answer.user);
      close();
    } else if (answer) {
      form.setErrors(formErrors(answer.errors));
    }
  }

  return (
    <Modal opened onClose={close} title="Sign in" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label="User name"
            autoComplete="username"
            data-autofocus
            {...form.getInputProps("username")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            {...form.getInputProps("password")}
          />
          {failure?.message && (
            <Alert color="red" role="alert">
              {failure.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={pending}>
              Sign in
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
