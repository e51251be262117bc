import { listProjects } from "../../lib/api";

export default async function Projects() {
  const projects = await listProjects();
  return <ul>{projects.map((project) => <li key={project.id}>{project.name}</li>)}</ul>;
}
