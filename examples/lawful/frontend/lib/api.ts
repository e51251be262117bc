import { authClient } from "@/lib/auth-client";
import { required } from "@/lib/environment";
import type { Comment, Project, Task } from "@/lib/types";

const BASE_URL = required("NEXT_PUBLIC_API_URL", process.env.NEXT_PUBLIC_API_URL);

/** An answer of the backend other than success. */
export class ApiError extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}

/** The token is asked for anew each time: it is short-lived, and kept nowhere but in memory. */
async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const { data } = await authClient.token();
  const response = await fetch(`${BASE_URL}${path}`, {
    ...init,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${data?.token ?? ""}` },
  });
  if (!response.ok) {
    throw new ApiError(response.status);
  }
  return response.status === 204 ? (undefined as T) : await response.json();
}

export const api = {
  listProjects: () => request<Project[]>("/api/projects"),
  createProject: (name: string) =>
    request<Project>("/api/projects", { method: "POST", body: JSON.stringify({ name }) }),
  readProject: (projectId: number) => request<Project>(`/api/projects/${projectId}`),
  renameProject: (projectId: number, name: string) =>
    request<Project>(`/api/projects/${projectId}`, { method: "PATCH", body: JSON.stringify({ name }) }),
  deleteProject: (projectId: number) => request<void>(`/api/projects/${projectId}`, { method: "DELETE" }),
  listTasks: (projectId: number) => request<Task[]>(`/api/projects/${projectId}/tasks`),
  createTask: (projectId: number, title: string) =>
    request<Task>(`/api/projects/${projectId}/tasks`, { method: "POST", body: JSON.stringify({ title }) }),
  tickTask: (taskId: number, done: boolean) =>
    request<Task>(`/api/tasks/${taskId}`, { method: "PATCH", body: JSON.stringify({ done }) }),
  deleteTask: (taskId: number) => request<void>(`/api/tasks/${taskId}`, { method: "DELETE" }),
  listComments: (taskId: number) => request<Comment[]>(`/api/tasks/${taskId}/comments`),
  addComment: (taskId: number, text: string) =>
    request<Comment>(`/api/tasks/${taskId}/comments`, { method: "POST", body: JSON.stringify({ text }) }),
  deleteComment: (commentId: number) => request<void>(`/api/comments/${commentId}`, { method: "DELETE" }),
};
