"use client";

import Link from "next/link";

import { EntryForm } from "@/components/entry-form";
import { api } from "@/lib/api";
import { useLoaded } from "@/lib/use-loaded";

export function ProjectList() {
  const { value: projects, failed, reload } = useLoaded(api.listProjects);

  async function add(name: string) {
    await api.createProject(name);
    await reload();
  }

  async function remove(projectId: number) {
    await api.deleteProject(projectId);
    await reload();
  }

  if (failed) {
    return <p role="alert">The projects could not be loaded.</p>;
  }
  return (
    <>
      <ul>
        {projects?.map((project) => (
          <li key={project.id}>
            <Link href={`/projects/${project.id}`}>{project.name}</Link>
            <button onClick={() => remove(project.id)}>Delete</button>
          </li>
        ))}
      </ul>
      <EntryForm label="Add a project" onEntered={add} />
    </>
  );
}
