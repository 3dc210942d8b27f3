import { SegmentedControl } from "@mantine/core";
import { IconShieldLock } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/app/shell/PageHeader";
import { useMe } from "@/auth/session";
import { EmptyState } from "@/design/States";
import styles from "./AdminPage.module.css";
import { FilterWords } from "./FilterWords";
import { FlagList } from "./FlagList";
import { JobList } from "./JobList";
import { ServerStats } from "./ServerStats";
import { TryFilter } from "./TryFilter";

const parts = ["words", "flags", "server", "jobs"] as const;
type Part = (typeof parts)[number];

/** What those who run the site look after. */
export default function AdminPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [part, setPart] = useState<Part>("words");
  return (
    <>
      <PageHeader title={t("admin.title")} />
      {me.role !== "admin" ? (
        <EmptyState icon={<IconShieldLock size={26} />} title={t("admin.onlyAdmins")} />
      ) : (
        <div className={styles.scroll}>
          <SegmentedControl
            className={styles.parts}
            aria-label={t("admin.title")}
            data={[
              { value: "words", label: t("admin.words") },
              { value: "flags", label: t("admin.flags") },
              { value: "server", label: t("server.title") },
              { value: "jobs", label: t("jobs.title") },
            ]}
            value={part}
            onChange={(value) => {
              setPart(parts.find((each) => each === value) ?? "words");
            }}
          />
          {part === "words" && (
            <>
              <FilterWords />
              <TryFilter />
            </>
          )}
          {part === "flags" && <FlagList />}
          {part === "server" && <ServerStats />}
          {part === "jobs" && <JobList />}
        </div>
      )}
    </>
  );
}
