import { Button, Menu, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBellOff } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/design/Failure";
import { FormButtons } from "@/design/FormButtons";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { useNotifyError } from "@/design/useNotifyError";
import { fromLocalInput, toLocalInput } from "@/sensors/chartWindow";
import { type SilenceTarget, useSilence } from "./queries";
import { tomorrowMorning } from "./times";
import { useAlertWords } from "./useAlertWords";

const HOUR_MS = 3_600_000;

interface Props {
  target: SilenceTarget;
  /** What it is about, for the title of the dialog. */
  name: string;
  children?: ReactNode;
}

/** Has nobody told of alerts for a while. */
export function SilenceMenu({ target, name, children }: Props) {
  const { t } = useTranslation();
  const [asking, { open, close }] = useDisclosure(false);
  const silence = useSilence();
  const notifyError = useNotifyError();
  const { moment } = useAlertWords();
  const until = (end: () => Date) => () => {
    silence.mutate({ target, until: end() }, { onError: notifyError });
  };
  const hours = (count: number) => () => new Date(Date.now() + count * HOUR_MS);
  const tomorrow = () => tomorrowMorning(new Date());

  return (
    <>
      <Menu position="bottom-start" withinPortal keepMounted={false}>
        <Menu.Target>
          {children ?? (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconBellOff size={15} />}
              loading={silence.isPending}
            >
              {t("alerts.silence.action")}
            </Button>
          )}
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("alerts.silence.label")}</Menu.Label>
          <Menu.Item onClick={until(hours(1))}>{t("duration.hours", { count: 1 })}</Menu.Item>
          <Menu.Item onClick={until(hours(8))}>{t("duration.hours", { count: 8 })}</Menu.Item>
          <Menu.Item onClick={until(tomorrow)}>
            {t("alerts.silence.until", { time: moment(tomorrow()) })}
          </Menu.Item>
          <Menu.Item onClick={open}>{t("alerts.silence.other")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={close} title={t("alerts.silence.title", { name })}>
        <UntilForm target={target} onClose={close} />
      </Modal>
    </>
  );
}

function UntilForm({ target, onClose }: { target: SilenceTarget; onClose: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const silence = useSilence();
  const [text, setText] = useState(() => toLocalInput(tomorrowMorning(new Date()).getTime()).slice(0, 16));
  const [past, setPast] = useState(false);
  const failure = silence.error && toApiError(silence.error);
  const wrong = past ? t("alerts.silence.past") : failure?.fields.until;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const end = fromLocalInput(text);
        if (end === null || end <= Date.now()) setPast(true);
        else silence.mutate({ target, until: new Date(end) }, { onSuccess: onClose });
      }}
    >
      <Stack gap="md">
        <Failure>{failure && !wrong && errorText(failure)}</Failure>
        <TextInput
          data-autofocus
          type="datetime-local"
          label={t("alerts.silence.end")}
          description={!wrong && t("alerts.silence.about")}
          value={text}
          error={wrong}
          onChange={(event) => {
            setPast(false);
            silence.reset();
            setText(event.currentTarget.value);
          }}
        />
        <FormButtons action={t("alerts.silence.action")} pending={silence.isPending} onCancel={onClose} />
      </Stack>
    </form>
  );
}
