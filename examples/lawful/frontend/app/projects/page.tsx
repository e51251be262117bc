import { ProjectList } from "@/components/project-list";

export default function Projects() {
  return (
    <main>
      <h1>Projects</h1>
      <ProjectList />
    </main>
  );
}
