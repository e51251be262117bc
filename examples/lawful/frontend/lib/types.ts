export interface Project {
  id: number;
  name: string;
  description: string;
  created_at: string;
}

export interface Task {
  id: number;
  project_id: number;
  title: string;
  notes: string;
  done: boolean;
  created_at: string;
}

export interface Comment {
  id: number;
  task_id: number;
  text: string;
  created_at: string;
}
