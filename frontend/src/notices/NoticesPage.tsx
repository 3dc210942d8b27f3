import { useTranslation } from "react-i18next";
import { PageHeader } from "@/app/shell/PageHeader";
import { NoticeList } from "./NoticeList";
import styles from "./Notices.module.css";

export default function NoticesPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("notices.title")} />
      <div className={styles.scroll}>
        <div className={styles.page}>
          <NoticeList />
        </div>
      </div>
    </>
  );
}
