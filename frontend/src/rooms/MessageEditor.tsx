import { Button, Textarea } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./MessageEditor.module.css";
import { MAX_BODY, isComposing } from "./composing";
import { useConversation } from "./conversation";
import type { ShownMessage } from "./grouping";
import { useMessageActions } from "./useMessageActions";

/** The text of one's own message, to be changed in its place. Enter saves, Escape leaves it as it was. */
export function MessageEditor({ message, draft }: { message: ShownMessage; draft: string | undefined }) {
  const { t } = useTranslation();
  const { writing, focusComposer } = useConversation();
  const { saveEdit } = useMessageActions(message);
  const [text, setText] = useState(draft ?? message.body);
  const placed = useRef(false);
  const savable = text.trim() !== "" && Array.from(text).length <= MAX_BODY;

  const save = () => {
    if (savable) saveEdit(text.trim());
  };
  const cancel = () => {
    writing.update((now) => ({ ...now, editing: null }));
    focusComposer();
  };

  return (
    <form
      className={styles.editor}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Textarea
        ref={(area) => {
          if (!area || placed.current) return;
          placed.current = true;
          area.focus();
          area.setSelectionRange(area.value.length, area.value.length);
        }}
        aria-label={t("rooms.edit.label")}
        aria-invalid={!savable}
        autosize
        minRows={1}
        maxRows={12}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            save();
          } else if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            cancel();
          }
        }}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="compact-sm" disabled={!savable}>
          {t("rooms.edit.save")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={cancel}>
          {t("actions.cancel")}
        </Button>
        <span className={styles.hint}>{t("rooms.edit.hint")}</span>
      </div>
    </form>
  );
}
