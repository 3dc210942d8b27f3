import {
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Input,
  Modal,
  SegmentedControl,
  Tooltip,
  createTheme,
} from "@mantine/core";

const field: MantineColorsTuple = [
  "#ecf8f2",
  "#d9eee3",
  "#b0dcc6",
  "#83c9a6",
  "#5eb98b",
  "#3fae7e",
  "#2f9a6c",
  "#23815a",
  "#17694d",
  "#0c513a",
];

/** Mantine's greys with the faint green of the page's own. */
const gray: MantineColorsTuple = [
  "#f5f6f3",
  "#eef0eb",
  "#e3e6df",
  "#d5d9d1",
  "#cdd2c9",
  "#a8b0a8",
  "#828c84",
  "#49524c",
  "#333b36",
  "#1a211d",
];
const dark: MantineColorsTuple = [
  "#e7ece8",
  "#b3bdb6",
  "#8f9a93",
  "#5a635d",
  "#3d4641",
  "#2a312d",
  "#202622",
  "#191e1b",
  "#141816",
  "#0f1311",
];

export const theme = createTheme({
  fontFamily: "var(--fr-font)",
  fontFamilyMonospace: "var(--fr-font-mono)",
  headings: { fontFamily: "var(--fr-font)", fontWeight: "650" },
  colors: { field, gray, dark },
  primaryColor: "field",
  primaryShade: { light: 8, dark: 7 },
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  defaultRadius: "md",
  radius: { sm: "6px", md: "10px", lg: "16px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    InputWrapper: Input.Wrapper.extend({
      // What is wrong takes the place of the hint, see the forms.
      defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] },
      styles: {
        label: { fontWeight: 600, marginBottom: 5 },
        description: { fontSize: "var(--fr-text-xs)" },
        error: { fontSize: "var(--fr-text-sm)" },
      },
    }),
    SegmentedControl: SegmentedControl.extend({ styles: { root: { backgroundColor: "var(--fr-nav)" } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.35, blur: 2 } },
      styles: { title: { fontSize: "var(--fr-text-lg)", fontWeight: 650 } },
    }),
  },
});

/** Mantine's own surfaces in the colours of tokens.css. */
export const cssVariables: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--fr-surface)",
    "--mantine-color-text": "var(--fr-ink)",
    "--mantine-color-dimmed": "var(--fr-ink-3)",
    "--mantine-color-placeholder": "var(--fr-ink-3)",
    "--mantine-color-default": "var(--fr-raised)",
    "--mantine-color-default-hover": "var(--fr-hover)",
    "--mantine-color-default-border": "var(--fr-line-strong)",
    "--mantine-color-error": "var(--fr-danger-ink)",
  };
  return { variables: {}, light: both, dark: both };
};
