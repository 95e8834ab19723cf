// What a front end must not do: each marked line is an error, and no other line is.

import type {
  CommandCreate,
  Models,
  ProfileVisibility,
  ProjectPublic,
  ProjectUpdate,
  TagCreate,
  TaskCreate,
  TaskPublic,
  TaskStatus,
  TaskTagCreate,
  TaskUpdate,
  UserPreferencesUpdate,
  UserPublic,
  UserUpdate,
} from "../../../generated/typescript/index.js";

declare const task: TaskPublic;
declare const project: ProjectPublic;
declare const user: UserPublic;
const id = "01234567-89ab-7def-8123-456789abcdef";
const title = "Buy milk";

// @ts-expect-error: a title is required
export const a1: TaskCreate = { project_id: id };
// @ts-expect-error: a project is required
export const a2: TaskCreate = { title };
// @ts-expect-error: a title is a text
export const a3: TaskCreate = { project_id: id, title: 1 };
// @ts-expect-error: a title is not null
export const a4: TaskCreate = { project_id: id, title: null };
// @ts-expect-error: there is no such state
export const a5: TaskCreate = { project_id: id, title, status: "finished" };
// @ts-expect-error: a state is not any text
export const a6: TaskCreate = { project_id: id, title, status: title as string };
// @ts-expect-error: a priority is a number
export const a7: TaskCreate = { project_id: id, title, priority: "1" };
// @ts-expect-error: a date is sent as a text
export const a8: TaskCreate = { project_id: id, title, due_date: new Date() };
// @ts-expect-error: the space is not the client's to say
export const a9: TaskCreate = { project_id: id, title, user_id: id };
// @ts-expect-error: a misspelt name
export const b1: TaskCreate = { project_id: id, title, dueDate: "2030-01-01" };
// @ts-expect-error: the database keeps it
export const b2: TaskUpdate = { completed: true };
// @ts-expect-error: the database counts it
export const b3: TaskUpdate = { version: 2 };
// @ts-expect-error: a key does not change
export const b4: TaskUpdate = { id };
// @ts-expect-error: a title can be left out and not be taken away
export const b5: TaskUpdate = { title: null };
// @ts-expect-error: undefined is not the same as left out
export const b6: TaskUpdate = { title: undefined };
// @ts-expect-error: a name can be left out and not be taken away
export const b7: ProjectUpdate = { name: null };
// @ts-expect-error: only the database makes an inbox
export const b8: ProjectUpdate = { is_inbox: true };
// @ts-expect-error: a colour is not null
export const b9: TagCreate = { name: "urgent", colour: null };
// @ts-expect-error: a tag is required
export const c1: TaskTagCreate = { task_id: id };
// @ts-expect-error: an identifier is a text
export const c2: CommandCreate = { id: 1 };
// @ts-expect-error: there is no such theme
export const c3: UserPreferencesUpdate = { theme: "sepia" };
// @ts-expect-error: a day is a number
export const c4: UserPreferencesUpdate = { week_starts_on: "monday" };
// @ts-expect-error: the address is changed in another way
export const c5: UserUpdate = { email: "a@example.org" };
// @ts-expect-error: nobody is shown a hash
export const c6: unknown = user.password_hash;
// @ts-expect-error: it may be null
export const c7: string = task.due_date;
// @ts-expect-error: a moment is a text
export const c8: Date = task.created_at;
// @ts-expect-error: it is always there, so there is no undefined
export const c9: undefined = task.parent_id;
// @ts-expect-error: a row has no such column
export const d1: unknown = project.owner;
// @ts-expect-error: sets do not mix
export const d2: ProfileVisibility = task.status;
// @ts-expect-error: a state is missing
export const d3: Record<TaskStatus, number> = { todo: 0, done: 1 };
// @ts-expect-error: there is no such model
export type D4 = Models["TaskDelete"];
// @ts-expect-error: what is sent is not what is shown
export const d5: TaskPublic = { project_id: id, title };
