// A web front end, as far as its types go: every line must be accepted.

import type {
  Models,
  ProjectCreate,
  ProjectPublic,
  TagCreate,
  TaskCreate,
  TaskPublic,
  TaskStatus,
  TaskUpdate,
  Theme,
  UserPreferencesUpdate,
} from "../../../generated/typescript/index.js";

const id = "01234567-89ab-7def-8123-456789abcdef";

export const least: TaskCreate = { project_id: id, title: "Buy milk" };

export const most: TaskCreate = {
  id,
  project_id: id,
  parent_id: null,
  title: "Buy milk",
  description: "",
  status: "todo",
  priority: 1,
  start_date: "2030-01-01",
  due_date: "2030-01-02",
  due_time: "10:00",
  due_tz: "Europe/Berlin",
  position: "V",
  assignee_id: null,
};

export const nothing: TaskUpdate = {};
export const emptied: TaskUpdate = { due_date: null, due_time: null };
export const project: ProjectCreate = { name: "Home", is_favourite: true };
export const tag: TagCreate = { name: "urgent", colour: "#ff0000" };

// Everything that can be sent is what can be shown, or may be left out.
export function draft(task: TaskPublic): TaskCreate {
  const { project_id, title, description, status, priority, due_date } = task;
  return { project_id, title, description, status, priority, due_date };
}

// A closed set is closed: a switch needs no default.
export function label(status: TaskStatus): string {
  switch (status) {
    case "todo":
      return "To do";
    case "in_progress":
      return "In progress";
    case "review":
      return "In review";
    case "done":
      return "Done";
    case "blocked":
      return "Blocked";
  }
}

// A closed set is one type in all models that have it.
export const states: Record<TaskStatus, number> = {
  todo: 0,
  in_progress: 1,
  review: 2,
  done: 3,
  blocked: 4,
};
export const weight = (task: TaskPublic): number => states[task.status];
export const same: (update: TaskUpdate) => TaskStatus | undefined = (update) =>
  update.status;

export const themes: Theme[] = ["system", "light", "dark"];
export const dark: UserPreferencesUpdate = { theme: "dark", week_starts_on: 1 };

export function due(task: TaskPublic): Date | null {
  return task.due_at === null ? null : new Date(task.due_at);
}

export function isOpen(project: ProjectPublic): boolean {
  return project.archived_at === null && project.deleted_at === null;
}

// A name of a model gives its type, and its JSON Schema file the check of it.
declare function accepts<Name extends keyof Models>(
  name: Name,
  value: unknown,
): value is Models[Name];

export function read(text: string): TaskCreate {
  const value: unknown = JSON.parse(text);
  if (!accepts("TaskCreate", value)) throw new TypeError("not a task");
  return value;
}
