import { TaskList } from "@/components/task-list";

export default async function ProjectPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  return (
    <main>
      <TaskList projectId={Number(projectId)} />
    </main>
  );
}
