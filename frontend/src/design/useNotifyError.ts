import { notifications } from "@mantine/notifications";
import { useErrorText } from "@/api/useErrorText";

/** Shows a failure that has no place of its own on the page. */
export function useNotifyError(): (error: unknown) => void {
  const errorText = useErrorText();
  return (error) => {
    notifications.show({ color: "red", message: errorText(error), role: "alert" });
  };
}
