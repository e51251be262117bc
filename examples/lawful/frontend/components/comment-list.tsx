"use client";

import { useCallback } from "react";

import { EntryForm } from "@/components/entry-form";
import { api } from "@/lib/api";
import { useLoaded } from "@/lib/use-loaded";

export function CommentList({ taskId }: { taskId: number }) {
  const load = useCallback(() => api.listComments(taskId), [taskId]);
  const { value: comments, failed, reload } = useLoaded(load);

  async function add(text: string) {
    await api.addComment(taskId, text);
    await reload();
  }

  async function remove(commentId: number) {
    await api.deleteComment(commentId);
    await reload();
  }

  if (failed) {
    return <p role="alert">The comments could not be loaded.</p>;
  }
  return (
    <>
      <ul>
        {comments?.map((comment) => (
          <li key={comment.id}>
            {comment.text}
            <button onClick={() => remove(comment.id)}>Delete</button>
          </li>
        ))}
      </ul>
      <EntryForm label="Add a comment" onEntered={add} />
    </>
  );
}
