"use client";

import { useCallback, useEffect, useState } from "react";

/** What `load` gives, and a way to ask for it again. `load` must be stable between renders. */
export function useLoaded<T>(load: () => Promise<T>) {
  const [value, setValue] = useState<T>();
  const [failed, setFailed] = useState(false);
  const reload = useCallback(async () => {
    try {
      setValue(await load());
      setFailed(false);
    } catch {
      setFailed(true);
    }
  }, [load]);
  useEffect(() => {
    void reload();
  }, [reload]);
  return { value, failed, reload };
}
