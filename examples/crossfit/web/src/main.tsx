/** The planner, put on the page. */
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { PlannerProvider } from "./generated/react.js";
import { Pages } from "./pages.js";
import { theme, variables } from "./theme.js";

/** The path that the pages are built for: `/`, if `vite build --base` says no other. */
const { BASE_URL } = import.meta.env;

const place = document.getElementById("planner");
if (!place) throw new Error("index.html has no place for the planner");

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <PlannerProvider url={BASE_URL} identityKey="planner">
        <Notifications position="bottom-right" autoClose={8000} />
        <BrowserRouter basename={BASE_URL}>
          <Pages />
        </BrowserRouter>
      </PlannerProvider>
    </MantineProvider>
  </StrictMode>,
);
