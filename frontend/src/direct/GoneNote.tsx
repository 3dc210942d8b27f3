import { useTranslation } from "react-i18next";
import styles from "./BlockedNote.module.css";

/** In place of the composer: nobody reads here any more. */
export function GoneNote({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.note} role="note">
      {t("direct.gone", { name })}
    </div>
  );
}
