import mark from "./mark.svg";

/** The sign of Fieldroom. Decorative: the name stands beside it. */
export function Mark({ size = 28 }: { size?: number }) {
  return <img src={mark} width={size} height={size} alt="" />;
}
