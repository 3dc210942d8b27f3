import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { Copyable } from "./Copyable";
import { installLine } from "./install";
import { usePiClient } from "./queries";

/** The command that makes a Raspberry Pi send its sensors. token: where it is known; without it the Pi asks. */
export function InstallLine({ token }: { token?: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = usePiClient();
  if (client.error) return <Failure>{errorText(client.error)}</Failure>;
  if (!client.data) return <Skeleton height={290} radius="md" />;
  return (
    <Copyable
      label={t("devices.install.label")}
      copyLabel={t("devices.install.copy")}
      value={installLine({ origin: window.location.origin, client: client.data.url, token })}
    />
  );
}
