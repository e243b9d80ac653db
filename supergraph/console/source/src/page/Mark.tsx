import type { ReactNode } from "react";

/** Two boards joined by a dovetail. */
export function Mark(): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 3h7.4v6.6L16.6 7v10l-6.2-2.6V21H3z" />
      <path className="mark-socket" d="M12 3h9v18h-9v-4.6l6 2.5V5.1l-6 2.5z" />
    </svg>
  );
}
