"use client";

import { useCallback } from "react";

import { CommentList } from "@/components/comment-list";
import { EntryForm } from "@/components/entry-form";
import { api } from "@/lib/api";
import { useLoaded } from "@/lib/use-loaded";

export function TaskList({ projectId }: { projectId: number }) {
  const load = useCallback(
    async () => ({ project: await api.readProject(projectId), tasks: await api.listTasks(projectId) }),
    [projectId],
  );
  const { value, failed, reload } = useLoaded(load);

  async function add(title: string) {
    await api.createTask(projectId, title);
    await reload();
  }

  async function tick(taskId: number, done: boolean) {
    await api.tickTask(taskId, done);
    await reload();
  }

  async function remove(taskId: number) {
    await api.deleteTask(taskId);
    await reload();
  }

  if (failed) {
    return <p role="alert">There is no such project.</p>;
  }
  return (
    <>
      <h1>{value?.project.name}</h1>
      <ul>
        {value?.tasks.map((task) => (
          <li key={task.id}>
            <label>
              <input type="checkbox" checked={task.done} onChange={() => tick(task.id, !task.done)} />
              {task.title}
            </label>
            <button onClick={() => remove(task.id)}>Delete</button>
            <CommentList taskId={task.id} />
          </li>
        ))}
      </ul>
      <EntryForm label="Add a task" onEntered={add} />
    </>
  );
}
