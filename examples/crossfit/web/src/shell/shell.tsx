/** What is around every page: where to go, who is signed in, and how the connection is. */
import { AppShell, Burger, Group, NavLink, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { Account } from "./account.js";
import { ConnectionBanner, ConnectionLight } from "./connection.js";
import { ThemeSwitch } from "./theme-switch.js";

const PAGES = [
  { path: "/", label: "Schedule" },
  { path: "/workout-plans", label: "Workout plans" },
  { path: "/exercise-moves", label: "Exercise moves" },
  { path: "/coaches", label: "Coaches" },
] as const;

export function Shell(): ReactNode {
  const [isOpen, { toggle, close }] = useDisclosure();
  const main = useFocusOnPage();
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 210, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? "Close the menu" : "Open the menu"}
              aria-expanded={isOpen}
            />
            <Text fw={700} component="span" visibleFrom="xs">
              Planner
            </Text>
            <ConnectionLight />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ThemeSwitch />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <PageLinks close={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" ref={main} tabIndex={-1} style={{ outline: "none" }}>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function PageLinks({ close }: { readonly close: () => void }): ReactNode {
  const { pathname } = useLocation();
  return (
    <>
      {PAGES.map(({ path, label }) => (
        <NavLink
          key={path}
          component={Link}
          to={path}
          label={label}
          active={pathname === path}
          aria-current={pathname === path ? "page" : undefined}
          onClick={close}
        />
      ))}
      <NavLink
        component="a"
        href={`${import.meta.env.BASE_URL}docs/`}
        label="All events of the server"
        mt="auto"
      />
    </>
  );
}

/** Names the page, and puts the focus to where it begins when another one was chosen. */
function useFocusOnPage(): React.RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    const label = PAGES.find(({ path }) => path === pathname)?.label;
    document.title = label ? `${label} · Crossfit planner` : "Crossfit planner";
    if (before.current !== pathname) main.current?.focus();
    before.current = pathname;
  }, [pathname]);
  return main;
}
