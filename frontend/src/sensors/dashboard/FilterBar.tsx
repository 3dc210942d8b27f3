import { Select, TextInput } from "@mantine/core";
import { IconMapPin, IconSearch, IconTag } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Sensor } from "@/api/types";
import styles from "./FilterBar.module.css";
import { type TileFilter, choicesOf } from "./arrangement";

interface Props {
  sensors: readonly Sensor[];
  filter: TileFilter;
  onChange: (filter: TileFilter) => void;
}

/** Narrows the tiles down. What nothing could be chosen from is not offered. */
export function FilterBar({ sensors, filter, onChange }: Props) {
  const { t, i18n } = useTranslation();
  const { labels, locations } = choicesOf(sensors, i18n.language);
  return (
    <div className={styles.bar} role="search" aria-label={t("dashboard.filter")}>
      <TextInput
        className={styles.text}
        type="search"
        aria-label={t("dashboard.filterText")}
        placeholder={t("dashboard.filterText")}
        leftSection={<IconSearch size={16} />}
        value={filter.text}
        onChange={(event) => {
          onChange({ ...filter, text: event.currentTarget.value });
        }}
      />
      {labels.length > 0 && (
        <Select
          className={styles.choice}
          aria-label={t("dashboard.byLabel")}
          placeholder={t("dashboard.byLabel")}
          leftSection={<IconTag size={16} />}
          data={labels}
          value={filter.label}
          clearable
          searchable={labels.length > 8}
          onChange={(label) => {
            onChange({ ...filter, label });
          }}
        />
      )}
      {locations.length > 0 && (
        <Select
          className={styles.choice}
          aria-label={t("dashboard.byLocation")}
          placeholder={t("dashboard.byLocation")}
          leftSection={<IconMapPin size={16} />}
          data={locations}
          value={filter.location}
          clearable
          searchable={locations.length > 8}
          onChange={(location) => {
            onChange({ ...filter, location });
          }}
        />
      )}
    </div>
  );
}
