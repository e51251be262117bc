"use client";

import { useRef } from "react";

export function EntryForm({ label, onEntered }: { label: string; onEntered: (text: string) => Promise<void> }) {
  const form = useRef<HTMLFormElement>(null);

  async function submit(data: FormData) {
    await onEntered(String(data.get("text")));
    form.current?.reset();
  }

  return (
    <form action={submit} ref={form}>
      <input name="text" aria-label={label} required />
      <button type="submit">{label}</button>
    </form>
  );
}
