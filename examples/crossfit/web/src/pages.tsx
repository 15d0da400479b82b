/** Which page is where. */
import type { ReactNode } from "react";
import { Route, Routes } from "react-router";
import { CoachesPage } from "./coaches/coaches-page.js";
import { MovesPage } from "./moves/moves-page.js";
import { PlansPage } from "./plans/plans-page.js";
import { SchedulePage } from "./schedule/schedule-page.js";
import { NotFoundPage } from "./shell/not-found-page.js";
import { Shell } from "./shell/shell.js";

export function Pages(): ReactNode {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<SchedulePage />} />
        <Route path="workout-plans" element={<PlansPage />} />
        <Route path="exercise-moves" element={<MovesPage />} />
        <Route path="coaches" element={<CoachesPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}
