import { ActionIcon, Menu, SegmentedControl } from "@mantine/core";
import {
  IconArrowLeft,
  IconArrowRight,
  IconDots,
  IconEye,
  IconEyeOff,
  IconGripVertical,
} from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { TileBody } from "../SensorTile";
import styles from "./ArrangedTile.module.css";
import { type Placed, type TileSize, tileSizes } from "./arrangement";

interface Props {
  placed: Placed;
  index: number;
  count: number;
  deviceName: string | undefined;
  /** Moved by a key: its handle keeps the focus, though its element moved. */
  focused: boolean;
  onMove: (to: number) => void;
  onChange: (change: Partial<Pick<Placed, "size" | "hidden">>) => void;
}

/** A tile that is being arranged: no link, but with a handle and with what can be done to it. */
export function ArrangedTile({ placed, index, count, deviceName, focused, onMove, onChange }: Props) {
  const { t } = useTranslation();
  const handle = useRef<HTMLButtonElement>(null);
  const { sensor, size, hidden } = placed;

  useEffect(() => {
    if (focused) handle.current?.focus();
  }, [focused, index]);

  const moveByKey = (event: KeyboardEvent) => {
    const to = {
      ArrowLeft: index - 1,
      ArrowUp: index - 1,
      ArrowRight: index + 1,
      ArrowDown: index + 1,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to < count && to !== index) onMove(to);
  };

  return (
    <div className={styles.tile} data-hidden={hidden || undefined}>
      <div className={styles.bar}>
        <ActionIcon
          ref={handle}
          variant="subtle"
          color="gray"
          size="md"
          className={styles.handle}
          data-drag-handle
          aria-label={t("dashboard.handle", { name: sensor.name })}
          aria-description={t("dashboard.handleHint", { position: index + 1, count })}
          onKeyDown={moveByKey}
        >
          <IconGripVertical size={17} />
        </ActionIcon>
        {hidden && <span className={styles.hiddenMark}>{t("dashboard.hidden")}</span>}
        <Menu position="bottom-end" width={200} keepMounted={false}>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="md"
              aria-label={t("dashboard.menu", { name: sensor.name })}
            >
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t("dashboard.size")}</Menu.Label>
            <SegmentedControl
              fullWidth
              size="xs"
              mx={4}
              mb={4}
              aria-label={t("dashboard.size")}
              data={tileSizes.map((each) => ({ value: each, label: t(`dashboard.sizes.${each}`) }))}
              value={size}
              onChange={(chosen: TileSize) => {
                onChange({ size: chosen });
              }}
            />
            <Menu.Item
              leftSection={<IconArrowLeft size={16} />}
              disabled={index === 0}
              onClick={() => {
                onMove(index - 1);
              }}
            >
              {t("dashboard.earlier")}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconArrowRight size={16} />}
              disabled={index === count - 1}
              onClick={() => {
                onMove(index + 1);
              }}
            >
              {t("dashboard.later")}
            </Menu.Item>
            <Menu.Item
              leftSection={hidden ? <IconEye size={16} /> : <IconEyeOff size={16} />}
              onClick={() => {
                onChange({ hidden: !hidden });
              }}
            >
              {t(hidden ? "dashboard.show" : "dashboard.hide")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <TileBody sensor={sensor} size={size} deviceName={deviceName} />
    </div>
  );
}
