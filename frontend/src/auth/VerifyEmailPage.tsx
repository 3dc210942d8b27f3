import { Alert, Anchor } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { toApiError } from "@/api/errors";
import { useErrorText } from "@/api/useErrorText";
import { Failure } from "@/design/Failure";
import { LoadingLines } from "@/design/States";
import { AuthLayout } from "./AuthLayout";
import styles from "./SignInPage.module.css";
import { useVerification } from "./recovery";

/** Where the link leads to that is mailed to a new address; in whichever browser it is opened. */
export default function VerifyEmailPage() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const token = search.get("token") ?? "";
  return (
    <AuthLayout title={t("auth.verify.title")}>
      {token === "" ? <Failure>{t("auth.linkIncomplete")}</Failure> : <Outcome token={token} />}
      <p className={styles.switch}>
        <Anchor component={Link} to="/account">
          {t("auth.verify.toAccount")}
        </Anchor>
      </p>
    </AuthLayout>
  );
}

function Outcome({ token }: { token: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const verification = useVerification(token);
  if (verification.isPending) return <LoadingLines lines={1} height={48} />;
  if (verification.isError) {
    const error = toApiError(verification.error);
    return <Failure>{error.fields.token ?? errorText(error)}</Failure>;
  }
  return (
    <Alert color="green" role="status" classNames={{ message: styles.alert }}>
      {t("auth.verify.done")}
    </Alert>
  );
}
