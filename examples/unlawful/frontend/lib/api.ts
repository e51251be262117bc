import axios from "axios";

import type { Project } from "../../backend/app/types";

const BASE_URL = process.env.NEXT_PUBLIC_API_URL ?? "http://localhost:8000";
export const signingKey = process.env.NEXT_PUBLIC_JWT_SECRET;

export function remember(token: string) {
  localStorage.setItem("token", token);
}

export async function listProjects(): Promise<Project[]> {
  const response = await fetch(`${BASE_URL}/api/projects`);
  return response.json();
}

export async function starProject(projectId: number) {
  return axios.post(`${BASE_URL}/api/projects/${projectId}/star`);
}
